"""The line below the composer's box: who answers, what goes along, what a turn does, and its buttons."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.countdown import Countdown, counting
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.spending_view import bounds_of
from copilot.desktop.view_state import PHASE_WORDS, Turn, ViewState
from copilot.desktop.widgets import Action, Icon, Look, on
from copilot.vocabulary.commands import TryNow
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice

_TIGHT, _AROUND = 190, 98
"""Pixels at scale 1: beside the buttons, below which there is no room for the hint and for who answers; and
what stands around their words."""

TRY_NOW = "Try now"
SEND, STOP, QUEUE, KEEP = f"Send  {Icon.SEND}", f"{Icon.STOP}  Stop", f"{Icon.HOURGLASS}  Queue", "Keep"


@frozen
class FootFacts:
    """What the composer knows: whether there is something to send, whether a queued message is being edited,
    and how many files `@` adds to the context."""

    draft: bool
    editing: bool
    added: int


class ComposerFoot:
    """Drawn anew when what it says changes; the buttons stay, so that no click is lost."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        parent: Item,
        send: Action,
        ticks: Callable[[], float],
        away: Action | None,
    ) -> None:
        self._look = look
        self._actions = actions
        self._ticks = ticks
        self._wait: Countdown | None = None
        self._shown: tuple[object, ...] = ()
        line = dpg.add_group(parent=parent, horizontal=True)
        self._foot = dpg.add_group(parent=look.lowered(line, 6))
        look.icon_button(
            Icon.ATTACH,
            look.lowered(line, 5),
            actions.open_attach,
            "Attach an image or a PDF",
            tag="composer.attach",
        )
        icons = (Icon.ATTACH,) if away is None else (Icon.ATTACH, Icon.TEAR_OFF)
        self._icons = look.widths(icons, look.fonts.small, 12, 8)
        if away is not None:
            tip = "Composer in a window of its own"
            look.icon_button(Icon.TEAR_OFF, look.lowered(line, 5), away, tip, tag="composer.tear_off")
        bold = look.fonts.small_bold
        self._send_item = look.button(SEND, line, "primary", send, font=bold, tag="composer.send")
        self._stop_item = look.button(
            STOP, line, "stop", actions.stop, font=bold, tag="composer.stop", show=False
        )
        self._now_item = look.button(
            TRY_NOW, line, "ghost", self.try_now, font=bold, tag="composer.now", show=False
        )

    @property
    def waits(self) -> bool:
        """Whether a request waits to be sent again."""
        return self._seconds() > 0

    def try_now(self) -> None:
        """Send the request that waits at once."""
        if self._wait is not None:
            self._actions.submit(TryNow(turn_id=self._wait.event.turn_id))

    def forget(self) -> None:
        """Draw it anew."""
        self._shown = ()

    def show(self, state: ViewState, facts: FootFacts, width: float) -> None:
        """Show where things stand, in `width` pixels."""
        turn, model, assistant = state.turn, self._actions.model(), self._actions.assistant()
        files = len(state.context.files) if state.context is not None else 0
        tokens = state.context.tokens if state.context is not None else 0
        self._wait = counting(self._wait, turn, self._ticks())
        costs = bounds_of(state.preview, model)
        phase = turn.phase if turn is not None else None
        shown = (phase, model, assistant, width, files, tokens, self._seconds(), costs, facts)
        if shown == self._shown:
            return
        self._shown = shown
        size = f"{text.plural(files, 'file')} · {text.count(tokens)}" if files else ""
        more = f"+{text.plural(facts.added, 'file')}" if facts.added else ""
        said = ((more, size, costs), (more, size), (more,))
        words = tuple(" · ".join(filter(None, words)) for words in said)
        self._draw(turn, facts, (model, assistant), width, words)

    def _seconds(self) -> int:
        return self._wait.left(self._ticks()) if self._wait is not None else 0

    def _labels(self, turn: Turn | None, facts: FootFacts) -> tuple[str, ...]:
        """The buttons that show."""
        first = KEEP if facts.editing else SEND if turn is None else QUEUE if facts.draft else ""
        second = STOP if turn is not None and not facts.editing else ""
        third = TRY_NOW if self._seconds() > 0 else ""
        dpg.configure_item(self._send_item, show=bool(first), label=first or SEND)
        dpg.configure_item(self._stop_item, show=bool(second))
        dpg.configure_item(self._now_item, show=bool(third))
        return tuple(filter(None, (first, second, third)))

    def _hint(self, turn: Turn | None, facts: FootFacts) -> str:
        if facts.editing:
            return "Ctrl+Enter keeps, Escape leaves it"
        if turn is None:
            return "Ctrl+Enter"
        if facts.draft:
            return "Ctrl+Enter queues"
        seconds = self._seconds()
        if self._wait is not None:
            return f"sent in {text.seconds(seconds)}" if seconds else PHASE_WORDS["sending"] + "…"
        return PHASE_WORDS[turn.phase] + "…"

    def _fitting(
        self, turn: Turn | None, facts: FootFacts, names: tuple[str, ...], room: float
    ) -> tuple[str, str]:
        """The hint and who answers, as much of both as has room: who answers says more than which key sends,
        and what a turn does says more than who provides the model."""
        look, font = self._look, self._look.fonts.small
        hint = self._hint(turn, facts)
        tight = room - look.size(hint, font)[0] < look.px(_TIGHT)
        chord = turn is None or facts.draft or facts.editing
        may_go = not self.waits and (tight or chord)
        left = room - look.size(hint, font)[0] - look.px(_AROUND)
        name = look.fitting(names, font, left)
        if may_go and look.size(name, font)[0] > left:
            return "", look.fitting(names, font, room - look.px(_AROUND))
        return hint, name

    def _draw(
        self,
        turn: Turn | None,
        facts: FootFacts,
        who: tuple[ModelChoice, str],
        width: float,
        said: tuple[str, ...],
    ) -> None:
        """`said` is what goes along, from the most that can be said to the least; `who` answers, under which
        profile."""
        look, fonts = self._look, self._look.fonts
        model, assistant = who
        dpg.delete_item(self._foot, children_only=True)
        labels = self._labels(turn, facts)
        button = look.widths(labels, fonts.small_bold, 32, 8) + self._icons + look.px(2 * 8)
        names = text.model_names(model.provider, model.model, " · ")
        if assistant:
            names = tuple(f"{text.one_line(assistant, 40)} · {name}" for name in names)
        hint, name = self._fitting(turn, facts, names, width - button)
        hint_width = look.size(hint, fonts.small)[0]
        row = look.row(self._foot, hint_width, width=width - button - look.px(2 * 14 + 2))
        room = width - button - hint_width - look.px(_AROUND)
        free = room - look.size(name, fonts.small)[0] - look.px(52)
        context = look.fitting((*said, ""), fonts.small, free)
        colour = look.palette.amber if model.provider == "rehearsal" else look.palette.accent_bright
        left = room - (look.size(context, fonts.small)[0] + look.px(52) if context else 0)
        shown = f"  {look.fit(name, fonts.small, left)}" if left >= look.px(60) else ""
        icon = Icon.PERSON if assistant else Icon.MODEL
        chip = look.chip(f"{icon}{shown}", row.left, colour, tag="composer.model")
        whole = text.one_line(names[0], 120)
        told = "The model's words are rehearsed." if model.provider == "rehearsal" else "Who answers next"
        told = f"The assistant {assistant} goes on with this branch." if assistant else told
        dpg.configure_item(chip, callback=on(self._actions.open_models))
        look.tip(chip, f"{whole}\n{told}\nClick to choose another.")
        if context:
            look.chip(f"{Icon.CONTEXT}  {context}", row.left)
        look.text(
            hint, row.right, font=fonts.small, colour=look.palette.faint if turn is None else look.palette.dim
        )
