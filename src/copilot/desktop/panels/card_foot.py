"""What stands below the words of a card: tool calls, what is missing, what the turn is doing."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.entries import CallRow, LiveEntry
from copilot.desktop.gate import Item, dpg
from copilot.desktop.tool_call_look import status_look
from copilot.desktop.view_state import PHASE_WORDS
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.messages import GO_ON, INTERRUPTED, Message, Opaque

ROWS = 50
"""Tool rows drawn in one card; the tools panel lists all."""


def draw_calls(look: Look, parent: Item, calls: tuple[CallRow, ...], width: float, first_tag: int) -> None:
    """One row for each tool call; child windows take the tags from `first_tag` on."""
    for index, row in enumerate(calls[:ROWS]):
        _call(look, parent, row, width, first_tag + index)
    if len(calls) > ROWS:
        note(look, parent, f"and {len(calls) - ROWS} more calls: the panel Tool calls lists them all")


def _call(look: Look, parent: Item, call: CallRow, width: float, tag: int) -> None:
    fonts, palette = look.fonts, look.palette
    icon, tone, word = status_look(call.call)
    spent = f"   {text.seconds(call.call.seconds)}" if call.call.seconds is not None else ""
    right = look.size(word + spent, fonts.small)[0]
    look.gap(parent, height=1)
    box = dpg.add_child_window(
        parent=parent, tag=tag, height=look.px(34), no_scrollbar=True, always_use_window_padding=True
    )
    look.themes.bind(box, "row")
    row = look.row(box, right)
    look.text(icon, row.left, font=fonts.small, colour=palette.of(tone))
    name, room = text.one_line(call.name, 60), width - right - look.px(104)
    look.fitted(name, row.left, room, font=fonts.mono, colour=palette.strong)
    room -= look.size(name, fonts.mono)[0]
    if room >= look.px(30):
        path = call.target == call.call.arguments.get("path")
        look.fitted(call.target, row.left, room, font=fonts.mono_small, colour=palette.dim, path=path)
    look.text(word + spent, row.right, font=fonts.small, colour=palette.faint)
    look.gap(parent, height=0)  # a row's own theme leaves no space after it


def draw_rest(
    look: Look, parent: Item, calls: tuple[CallRow, ...], rest: str, go_on: Callable[[str], None]
) -> None:
    """That something is missing at the end, and the button that asks for it."""
    tip = "Ask the model to go on where this answer stopped"
    if rest == GO_ON:
        tip = "Let the model see these results and go on. No tool is called again unless it asks for it anew."
        note(look, parent, f"{Icon.WARNING}  The turn ended before the model saw what its tools gave.")
        unknown = text.one_line(", ".join(row.name for row in calls if row.call.output == INTERRUPTED), 200)
        if unknown:
            note(look, parent, f"{Icon.WARNING}  May or may not have run: {unknown}. Look before you go on.")
    button = look.button("Continue", parent, "ghost", lambda: go_on(rest), tag="discussion.continue")
    look.tip(button, tip)


def draw_phase(look: Look, parent: Item, entry: LiveEntry, width: float) -> None:
    """What the turn does just now, and what it waits for."""
    palette, small = look.palette, look.fonts.small
    if entry.thinking and not entry.text:
        thought = text.shown(text.tail(entry.thinking.strip(), 1_500))
        look.text(thought, parent, font=small, colour=palette.faint, wrap=int(width))
    if entry.waits_for:
        reason = text.shown(text.bounded(entry.waits_for, 600))
        look.text(reason, parent, font=small, colour=palette.amber, wrap=int(width))
    held = entry.phase in ("approval", "waiting", "stopping")
    colour = palette.amber if held else palette.accent_bright
    line = dpg.add_group(parent=parent, horizontal=True)
    look.text(Icon.HOURGLASS if held else Icon.DOT, line, font=look.fonts.caption, colour=colour)
    look.text(PHASE_WORDS[entry.phase] + "…", line, font=small, colour=palette.faint)


def draw_unknown(look: Look, parent: Item, message: Message) -> None:
    """A quiet line for what this program keeps and does not know."""
    kinds = [text.one_line(p.kind, 60) for p in message.parts if isinstance(p, Opaque)]
    if kinds:
        words = f"{Icon.INFO}  kept as it came, not shown: {', '.join(kinds)}"
        look.text(words, parent, font=look.fonts.small, colour=look.palette.faint)


def note(look: Look, parent: Item, words: str) -> None:
    """A small line."""
    if words:
        look.text(words, parent, font=look.fonts.small, colour=look.palette.amber)
