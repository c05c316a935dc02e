"""The head of the discussion: project, branch, what the turn does; and what to do while it is empty."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.desktop.widgets import CHIP_EDGES, Icon, Look, clear
from copilot.vocabulary.frozen import frozen

_CHIP, _BESIDE, _LEAST = 26, 70, 34
"""Pixels at scale 1: what a chip has around its words; the edges of the panel, of a chip, and two gaps; the
least room in which a branch's name says anything."""

FOLD_ALL, UNFOLD_ALL = "\uf066", "\uf065"


@frozen
class HeadTools:
    """What the buttons at its right end do; without `away` there is no button to tear the panel off, without
    `fork` none for a new branch."""

    find: Callable[[], None]
    fold_all: Callable[[], None]
    fork: Callable[[], None] | None
    away: Callable[[], None] | None = None


class DiscussionHead:
    """Made once; `show` brings it up to date."""

    def __init__(self, look: Look, parent: Item, tools: HeadTools) -> None:
        self._look = look
        self._tools = tools
        self._shown: tuple[object, ...] = ()
        self._group = dpg.add_group(parent=parent)

    def show(self, state: ViewState, *, folded: bool) -> None:
        """The project and the branch of a state; `folded`: all cards are."""
        project = state.project
        phase = state.turn.phase if state.turn is not None else None
        wide = dpg.get_item_width("discussion")
        shown = (project.name if project else "", state.branch, phase, folded, wide)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._group)
        if project is None:
            return
        look = self._look
        away, fork = self._tools.away, self._tools.fork
        labels = (Icon.SEARCH, FOLD_ALL, *(() if fork is None else (f"{Icon.BRANCH}  New branch",)))
        room = look.widths(labels if away is None else (*labels, Icon.TEAR_OFF), look.fonts.small, 12)
        row = look.row(self._group, room)
        name, share = text.one_line(project.name, 60), wide * 0.4
        look.fitted(name, row.left, share, font=look.fonts.heading, colour=look.palette.strong)
        chips = dpg.add_group(parent=look.lowered(row.left), horizontal=True, horizontal_spacing=look.px(8))
        left = wide - room - min(look.size(name, look.fonts.heading)[0], share) - look.px(_BESIDE)
        branch = f"{Icon.BRANCH}  {text.label(text.one_line(state.branch, 60))}"
        if left >= look.px(_LEAST):
            look.chip(branch, chips, look.palette.accent_bright, room=left + look.px(CHIP_EDGES))
        if phase is not None:
            waits = phase in ("approval", "waiting", "stopping")
            left -= min(look.size(branch, look.fonts.small)[0], left) + look.px(_CHIP)
            fits = look.size(PHASE_WORDS[phase], look.fonts.small)[0] <= left
            said = PHASE_WORDS[phase] if fits else Icon.HOURGLASS
            chip = look.chip(said, chips, look.palette.amber if waits else look.palette.green)
            look.tip(chip, PHASE_WORDS[phase])
        look.icon_button(
            Icon.SEARCH, row.right, self._tools.find, "Find (Ctrl+F)", tag="discussion.find.open"
        )
        look.icon_button(
            UNFOLD_ALL if folded else FOLD_ALL,
            row.right,
            self._tools.fold_all,
            "Unfold all" if folded else "Fold all",
            tag="discussion.fold_all",
        )
        if fork is not None:
            new = look.button(f"{Icon.BRANCH}  New branch", row.right, "icon", fork, tag="discussion.fork")
            look.tip(new, "A new branch that begins with the messages so far")
        if away is not None:
            tip = "Discussion in a window of its own"
            look.icon_button(Icon.TEAR_OFF, row.right, away, tip, tag="discussion.tear_off")


def draw_empty(look: Look, place: Item, *, rehearsed: bool, recorded: bool, brief: bool = False) -> None:
    """What to do where nothing was said yet. `rehearsed`: the built-in rehearsal answers; `recorded`: this is
    the beginning of a recording; `brief`: only that, for there is little room."""
    clear(place)
    look.gap(place, height=4 if brief else 24)
    if recorded:
        look.text("Nothing was said yet", place, font=look.fonts.title, colour=look.palette.strong)
        words = "Space plays the session, Right goes on step by step, End shows how it ended."
        look.text(words, place, colour=look.palette.dim, wrap=0)
        return
    look.text("What shall we do?", place, font=look.fonts.title, colour=look.palette.strong)
    lines = (
        "Write a message below and press Ctrl+Enter.",
        "The model reads the project's files by itself. Whatever runs or changes something is shown to "
        "you first, word for word, and you may edit or reject it.",
        "The built-in rehearsal answers: its words are scripted, everything else is real. Choose a "
        "provider in the menu Model; copilot doctor says how to add one."
        if rehearsed
        else "",
    )
    for line in filter(None, lines[:1] if brief else lines):
        look.text(line, place, colour=look.palette.dim, wrap=0)
    look.gap(place, height=8)
