"""The panel that plays a recording: slider, buttons, speed, and where it is."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.event_words import log_row
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.panel import Panel
from copilot.desktop.playback.playing import SPEEDS, Playing
from copilot.desktop.playback.recording import MomentKind
from copilot.desktop.playback.scrubber import Scrubber
from copilot.desktop.session_list import began
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, window
from copilot.vocabulary.errors import CopilotError

BUTTON = 32
"""The height of a button, in pixels at scale 1."""

_EDGES, _FIXED, _AROUND = 28, 274, 32
"""Pixels at scale 1: the panel's edges, the line of buttons without those that have words and without the
time, and what a button has around its words."""

_NEXT: tuple[tuple[MomentKind, str, str, str], ...] = (
    ("approval", Icon.SHIELD, "Next approval", "A"),
    ("error", Icon.WARNING, "Next error", "E"),
)
"""The buttons with words: those are left out where there is no room for them."""


class Player(Panel):
    """The panel `player`. `moved` hears when the person went elsewhere; `match` goes to a listed line."""

    def __init__(
        self, look: Look, playing: Playing, moved: Callable[[], None], match: Callable[[int], None]
    ) -> None:
        self._look, self._playing, self._moved, self._match = look, playing, moved, match
        self._shown: tuple[object, ...] = ()
        self.reading = True
        """Whether the log is still being read."""
        self.trouble = ""
        item = window("player", f"{Icon.PLAY}  Playback", no_scrollbar=True)
        self._scrubber = Scrubber(look, item, playing, moved)
        bar = dpg.add_group(parent=item, horizontal=True, horizontal_spacing=look.px(4))
        self._make_buttons(bar)
        line = dpg.add_group(parent=item, horizontal=True, horizontal_spacing=look.px(10))
        look.themes.bind(line, "text_lines")
        look.chip("recording", line, look.palette.red)
        self._event = look.text("", line, font=look.fonts.small, colour=look.palette.dim)

    def _make_buttons(self, bar: Item) -> None:
        look, step = self._look, self._stepper
        size = {"width": look.px(32), "height": look.px(BUTTON)}
        look.icon_button(
            Icon.BACKWARD, bar, self._goer(0), "To the beginning  (Home)", tag="player.first", **size
        )
        look.icon_button(Icon.STEP_BACK, bar, step(-1), "The step before  (Left)", tag="player.back", **size)
        self._play = look.button(
            Icon.PLAY,
            bar,
            "primary",
            self._toggle,
            tag="player.play",
            width=look.px(46),
            height=look.px(BUTTON),
        )
        look.icon_button(Icon.STEP_ON, bar, step(1), "The next step  (Right)", tag="player.on", **size)
        look.icon_button(Icon.FORWARD, bar, self._goer(None), "To the end  (End)", tag="player.last", **size)
        self._speed = look.button(
            "1×",
            bar,
            "ghost",
            self._faster,
            tag="player.speed",
            width=look.px(48),
            height=look.px(BUTTON),
        )
        look.tip(self._speed, "How fast it plays  (S)")
        look.gap(bar, width=6)
        self._next = {
            kind: look.button(
                icon, bar, "ghost", self._moment(kind, 1), tag=f"player.{kind}", height=look.px(BUTTON)
            )
            for kind, icon, _, _ in _NEXT
        }
        for kind, _, words, key in _NEXT:
            look.tip(self._next[kind], f"{words}  ({key})")
        look.gap(bar, width=6)
        self._time = look.text("", bar, font=look.fonts.small, colour=look.palette.dim)

    def refresh(self, state: ViewState) -> bool | None:
        """All is shown by `tick`."""
        del state

    def tick(self) -> bool:
        """Once a frame. True while it plays, or is dragged."""
        moving = self._scrubber.tick()
        playing = self._playing
        shown = (
            dpg.get_item_width("player"),
            playing.position,
            int(playing.time * 10),
            playing.on,
            playing.speed,
            playing.recording.end,
            self.reading,
            self.trouble,
        )
        if shown != self._shown:
            self._shown = shown
            self._draw()
        return moving or playing.on

    def actions(self) -> tuple[NamedAction, ...]:
        """By name, with the keys of a player."""

        def action(name: str, title: str, run: Action, keys: str = "", words: str = "") -> NamedAction:
            return NamedAction(
                name=f"play.{name}", title=title, run=run, keys=keys, group="Session", words=words
            )

        return (
            action("toggle", "Play, or pause", self._toggle, "Space"),
            action("on", "Next step", self._stepper(1), "Right"),
            action("back", "The step before", self._stepper(-1), "Left"),
            action("event_on", "Next event", self._event_by(1), "Shift+Right"),
            action("event_back", "The event before", self._event_by(-1), "Shift+Left"),
            action("approval", "Next approval", self._moment("approval", 1), "A"),
            action("approval_back", "The approval before", self._moment("approval", -1), "Shift+A"),
            action("error", "Next error", self._moment("error", 1), "E"),
            action("error_back", "The error before", self._moment("error", -1), "Shift+E"),
            action("turn", "Next turn", self._moment("turn", 1), "T"),
            action("turn_back", "The turn before", self._moment("turn", -1), "Shift+T"),
            action("match", "Next line that has the words", lambda: self._match(1), "F3", "search find"),
            action("match_back", "The line with the words before", lambda: self._match(-1), "Shift+F3"),
            action("first", "To the beginning", self._goer(0), "Home"),
            action("last", "To the end", self._goer(None), "End"),
            action("faster", "Play faster, or slow again", self._faster, "S", "speed slower"),
        )

    def _toggle(self) -> None:
        self._playing.toggle()
        self._moved()

    def _faster(self) -> None:
        if self._playing.speed == SPEEDS[-1]:
            self._playing.faster(-len(SPEEDS))
        else:
            self._playing.faster(1)

    def _goer(self, position: int | None) -> Action:
        def go() -> None:
            self._playing.on = False
            self._playing.go(self._playing.recording.end if position is None else position)
            self._moved()

        return go

    def _stepper(self, by: int) -> Action:
        return self._then(lambda: self._playing.step(by))

    def _event_by(self, by: int) -> Action:
        return self._then(lambda: self._playing.event(by))

    def _moment(self, kind: MomentKind, by: int) -> Action:
        def go() -> None:
            if not self._playing.moment(kind, by):
                where = "after this" if by > 0 else "before this"
                self._look.write(self._event, f"There is no {kind} {where}.", self._look.fonts.small)

        return self._then(go)

    def _then(self, act: Action) -> Action:
        def done() -> None:
            act()
            self._moved()

        return done

    def _draw(self) -> None:
        look, playing = self._look, self._playing
        recording = playing.recording
        dpg.configure_item(self._play, label=Icon.PAUSE if playing.on else Icon.PLAY)
        dpg.configure_item(self._speed, label=f"{playing.speed:g}×")
        reading = "  ·  reading on" if self.reading else ""
        time = f"{_clock(playing.time)} of {_clock(recording.seconds)}{reading}"
        room = float(dpg.get_item_width("player") - look.px(_EDGES))
        beside = self._fit_buttons(room, time)
        dpg.set_value(self._time, time if beside else "")
        now = text.one_line(self._now(), 300)
        now = now if beside or not playing.position else f"{time}  ·  {now}"
        room -= look.widths(("recording",), look.fonts.small, 18) + look.px(12)
        look.write(self._event, look.fit(now, look.fonts.small, room), look.fonts.small)

    def _fit_buttons(self, room: float, time: str) -> bool:
        """Words on the buttons where there is room for them. Whether there is for the time, too."""
        look, small = self._look, self._look.fonts.small
        wide, narrow = (
            look.px(_FIXED) + look.widths(labels, small, _AROUND)
            for labels in (
                tuple(f"{icon}  {words}" for _, icon, words, _ in _NEXT),
                tuple(one[1] for one in _NEXT),
            )
        )
        left = room - look.size(time, small)[0]
        for kind, icon, words, _ in _NEXT:
            dpg.configure_item(self._next[kind], label=f"{icon}  {words}" if wide <= left else icon)
        return narrow <= left

    def _now(self) -> str:
        """What just happened, and when it did."""
        if self.trouble:
            return self.trouble
        recording = self._playing.recording
        if not self._playing.position:
            return f"Session of {began(recording.index.session)}. Space plays it."
        number = recording.number(self._playing.position)
        when = text.clock_time(recording.index.at(number), "%Y-%m-%d %H:%M:%S")
        try:
            record = recording.index.record(number)
        except CopilotError:
            record = None
        event = record.event() if record is not None else None
        row = log_row(event) if event is not None else None
        name = recording.index.entry(number).name
        place = f"{self._playing.position:,} of {recording.end:,}"
        return f"{place}  ·  {when}  ·  {name} {row.text if row is not None else ''}"


def _clock(seconds: float) -> str:
    """3:05, or 1:02:03."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
