"""What is on the screen of a recording: the menus, the panels, and the state of the moment in them."""

import time
import uuid
from collections.abc import Iterable
from pathlib import Path

from copilot.desktop.action_table import GROUPS, ActionTable, NamedAction
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.inspecting import Inspecting, LogShelf
from copilot.desktop.intake import Intake
from copilot.desktop.keyboard import Press
from copilot.desktop.panel_focus import places
from copilot.desktop.panel_table import Needs, kind
from copilot.desktop.panels.actions import FromRecording
from copilot.desktop.panels.chooser import Chooser
from copilot.desktop.panels.command_palette import PALETTE, every_action
from copilot.desktop.panels.inspector import Inspector
from copilot.desktop.panels.panel import Panel
from copilot.desktop.playback.acting import NOBODY, looking_actions
from copilot.desktop.playback.approval_page import ApprovalPage
from copilot.desktop.playback.go_on import Beyond, GoOn
from copilot.desktop.playback.player import Player
from copilot.desktop.playback.playing import Playing
from copilot.desktop.session_list import SessionList
from copilot.desktop.tab_titles import TabTitles
from copilot.desktop.view_state import ViewState, apply
from copilot.desktop.widgets import Action, Icon, Look, on
from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.tokens.charging import Charging
from copilot.vocabulary.events import Notice
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import ModelChoice

_PANELS = ("scripts", "files", "branches", "tools", "discussion", "usage")
"""Those of the main window; the library brings those that are made last to the front of their tabs."""

_DOCKS = (("inspector",), ("approval", "tools", "scripts"), ("usage", "files", "branches"))
"""Which of them are tabs of one dock."""

_LOOKING = (
    *("discussion.find", "discussion.fold_all", "discussion.up", "discussion.down", "message.copy"),
    *("tools.before", "tools.next", "tools.copy", "scripts.before", "scripts.next", "scripts.copy"),
    *("usage.totals", "files.filter", "files.unfilter", "discussion.go_on"),
)
"""What of the panels' actions only looks."""

_TYPED_IN = ("inspector.words", "files.filter", "find.words")


class PlaybackBench:
    """Made once, and anew in another look. `tick` once a frame, `hear` for each key."""

    def __init__(
        self,
        look: Look,
        home: Home,
        settings: Settings,
        errands: Errands,
        playing: Playing,
        inspecting: Inspecting,
        table: ActionTable,
        own: tuple[NamedAction, ...],
        beyond: Beyond,
    ) -> None:
        self._look, self._playing = look, playing
        self.table = table
        self._note: Notice | None = None
        self._branch = ""
        self._state = ViewState()
        self._shown: tuple[object, ...] = ()
        self._again = True
        self._chooser = Chooser(look)
        actions = looking_actions(
            lambda: uuid.uuid4().hex,
            self._switch,
            self._say,
            self._chooser.open,
            self._model,
            Charging(settings.prices),
            FromRecording(
                can=lambda message: playing.recording.said(message) is not None,
                go_on=self._go_on_from,
            ),
        )
        self._go_on = GoOn(home, errands, playing.recording.index, self._chooser.open, self._say, beyond)
        needs = Needs(
            look=look,
            actions=actions,
            table=table,
            errands=errands,
            intake=_NoIntake(),
            draft=str,
            home=home,
            ticks=time.monotonic,
            go=dpg.focus_item,
        )
        self._panels: dict[str, Panel] = {name: kind(name).make(needs) for name in _PANELS}
        self.approval = ApprovalPage(look)
        shelf, sessions = LogShelf(home), SessionList(home, errands, self._chooser.open)
        self.inspector = Inspector(
            look, errands, shelf, sessions, inspecting=inspecting, picked=self._go_to_record
        )
        self.player = Player(look, playing, self._moved, self._match)
        self._panels |= {"approval": self.approval, "inspector": self.inspector, "player": self.player}
        self._titles = TabTitles(look, _DOCKS, (("approval", Icon.SHIELD, "Approval"),))
        self._fill_table(own)
        self._menu()

    @property
    def over(self) -> str:
        """What lies over the panels and takes the keys; "" where nothing does."""
        return "the chooser" if self._chooser.opened else ""

    def touch(self) -> None:
        """Every panel looks again."""
        self._again = True

    def tick(self) -> bool:
        """Once a frame: show the moment. True while something moves."""
        playing = self._playing
        shown = (playing.position, playing.recording.end if playing.on else 0, self._branch, self._note)
        if shown != self._shown or self._again:
            self._shown, self._again = shown, False
            self._state = self._state_now()
            self.approval.show(playing.recording.approval(playing.position))
            number = playing.recording.number(playing.position) if playing.position else -1
            self.inspector.show_at(number)
            for panel in self._panels.values():
                self._again |= bool(panel.refresh(self._state))
        self._titles.place(places(self._panels))
        moving = self._again | self._chooser.tick()
        for panel in self._panels.values():
            moving |= bool(panel.tick())
        return self._look.caret.tick(self._chooser.window if self.over else None) or moving

    def hear(self, press: Press) -> None:
        """A key: the chooser's, else a box that is typed in, else an action, else the panels'."""
        if self._chooser.opened:
            self._chooser.key(press)
            return
        plain = not press.chord.modifiers & {"Ctrl", "Alt"} and not press.chord.key.startswith("F")
        typing = any(dpg.does_item_exist(tag) and dpg.is_item_active(tag) for tag in _TYPED_IN)
        if press.chord.key == "Escape":
            self._escape(press, typing=typing)
            return
        # Enter has ended the typing by now; the box is still the one that was typed in.
        if press.chord.key == "Enter" and dpg.is_item_focused("inspector.words"):
            self._match(-1 if "Shift" in press.chord.modifiers else 1)
            return
        if (typing and plain) or any(panel.first(press) for panel in self._panels.values()):
            return
        action = self.table.meant(press.chord, press.shifted)
        if action is not None and action.enabled():
            self.table.do(action)
            return
        for panel in self._panels.values():
            panel.key(press)

    def _escape(self, press: Press, *, typing: bool) -> None:
        if press.again or any(panel.escape() for panel in self._panels.values()):
            return
        self._note = None
        if typing:
            dpg.focus_item("player")

    def _state_now(self) -> ViewState:
        state = self._playing.recording.state(self._playing.position)
        project = state.project
        if self._note is not None:
            state = apply(state, self._note)
        if project is None or not self._branch or self._branch == project.discussion.active:
            return state
        if all(one.name != self._branch for one in project.discussion.branches):
            return state
        discussion = replace(project.discussion, active=self._branch)
        return replace(state, project=replace(project, discussion=discussion))

    def _switch(self, branch: str) -> None:
        self._branch = branch

    def _say(self, words: str) -> None:
        self._note = Notice(at=time.time(), worker="window", level="info", text=words)

    def _model(self) -> ModelChoice:
        turn = self._state.turn
        return turn.model if turn is not None else NOBODY

    def _moved(self) -> None:
        """The person went elsewhere: the branch that the session was on is shown again."""
        self._branch, self._note = "", None
        self._again = True

    def _go_on_from(self, message: str) -> None:
        """Ask who goes on from a message; "": from the moment that is shown."""
        recording = self._playing.recording
        position = recording.said(message) if message else self._playing.position
        if position:
            self._playing.on = False
            self._go_on.ask(recording.step(position))

    def _go_to_record(self, number: int) -> None:
        self._playing.on = False
        self._playing.go(self._playing.recording.position_of(number))
        self._moved()

    def _match(self, by: int) -> None:
        """To the next line that the list shows, or the one before."""
        number = self.inspector.beside(self._playing.recording.number(self._playing.position), by)
        if number is not None:
            self._go_to_record(number)

    def _fill_table(self, own: tuple[NamedAction, ...]) -> None:
        self.table.add(self.player.actions())
        find = NamedAction(
            name="play.find",
            title="Find words in the session…",
            run=self.inspector.find,
            keys="Ctrl+Shift+F",
            group="Edit",
            words="search",
        )
        go_on = NamedAction(
            name="play.go_on",
            title="Continue from here with another model…",
            run=lambda: self._go_on_from(""),
            keys="G",
            group="Session",
            enabled=lambda: self._playing.position > 0,
            why="nothing has happened here yet",
            words="replay from provider branch",
        )
        self.table.add((find, go_on))
        for panel in self._panels.values():
            if panel is not self.player:
                self.table.add(one for one in panel.actions() if _looks(one.name))
        self.table.add(
            NamedAction(name=f"panel.{name}", title=f"Go to {title}", run=_focus(name), group="View")
            for name, title in _TITLES
        )
        palette = NamedAction(
            name=PALETTE,
            title="All actions…",
            run=lambda: self._chooser.open(every_action(self.table)),
            keys="Ctrl+Shift+P",
            group="Help",
            words="command palette",
        )
        self.table.add((*own, palette))

    def _menu(self) -> None:
        look = self._look
        bar = dpg.add_viewport_menu_bar(tag="menu")
        look.themes.bind(bar, "menu")
        look.text(Icon.APP, bar, font=look.fonts.body_bold, colour=look.palette.accent)
        look.text("Copilot", bar, font=look.fonts.body_bold, colour=look.palette.strong)
        look.gap(bar, width=4)
        for group in GROUPS:
            actions = self.table.group(group)
            if not actions:
                continue
            menu = dpg.add_menu(parent=bar, label=group, tag=f"menu.{group.lower()}")
            for action in actions:
                dpg.add_menu_item(
                    parent=menu, label=action.title, shortcut=action.keys, callback=on(self._doer(action))
                )

    def _doer(self, action: NamedAction) -> Action:
        return lambda: self.table.do(action)


_TITLES = (
    ("discussion", "Discussion"),
    ("approval", "Approval"),
    ("tools", "Tool calls"),
    ("scripts", "Scripts"),
    ("usage", "Usage"),
    ("files", "Project"),
    ("branches", "Branches"),
    ("inspector", "Lines of the log"),
)


class _NoIntake(Intake):
    """Nothing is attached to a recording."""

    def __init__(self) -> None:
        pass

    def add(self, paths: Iterable[Path]) -> None:
        """Pass over them."""

    def add_picture(self) -> None:
        """Pass over it."""


def _looks(name: str) -> bool:
    return name in _LOOKING or name.startswith("inspector.")


def _focus(name: str) -> Action:
    return lambda: dpg.focus_item(name)
