"""What one row of the file tree says: words and colours, without Dear PyGui."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from copilot.desktop import palette, text
from copilot.desktop.file_browser import FileBrowser
from copilot.desktop.file_index import Row, SharedView, Sums
from copilot.desktop.listing import Choosing
from copilot.desktop.palette import Colour
from copilot.desktop.widgets import Icon
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import FileState, View

VIEW_WORDS: dict[SharedView, str] = {
    "full": "full",
    "summary": "sum",
    "names": "names",
    "off": "off",
    "mixed": "mixed",
}
VIEW_COLOURS: dict[SharedView, Colour] = {
    "full": palette.ACCENT_BRIGHT,
    "summary": palette.VIOLET,
    "names": palette.CYAN,
    "off": palette.FAINT,
    "mixed": palette.DIM,
}
NEXT_VIEW: dict[View, View] = {"full": "summary", "summary": "names", "names": "off", "off": "full"}

_PROSE = ("md", "rst", "txt", "adoc", "log", "csv")


@frozen
class RowLook:
    """`wanted` is what the person chose (or is choosing); `chip` what the chip shows. `marks` stand from left
    to right before the tokens; `tips` are the lines of the tooltip, each with its colour."""

    icon: str
    name: str
    colour: Colour
    opened: bool | None
    wanted: SharedView
    chip: SharedView
    pinned: bool
    tokens: str
    marks: tuple[tuple[str, Colour], ...]
    tips: tuple[tuple[str, Colour], ...]


def row_look(
    row: Row, browser: FileBrowser, choosing: Sequence[Choosing], fresh: AbstractSet[str]
) -> RowLook:
    """How a row looks now. `fresh` are the paths that changed on disk a moment ago."""
    change = next((c for c in reversed(choosing) if c.covers(row.path) and c.view), None)
    if row.folder:
        return _folder(row, browser, change, fresh)
    pin = next((c for c in reversed(choosing) if c.covers(row.path) and c.pinned is not None), None)
    state = browser.index.file(row.path)
    if state is None:
        state = FileState(path=row.path, wanted="off", view="off", tokens=0, size=0)
    return _file(row, state, change, pin, row.path in fresh)


def count(number: int) -> str:
    """A number of tokens in few characters: 950, 18.2k, 120k."""
    return text.count(number).replace(".0k", "k").replace(".0M", "M")


def _file(row: Row, state: FileState, change: Choosing | None, pin: Choosing | None, fresh: bool) -> RowLook:
    wanted = change.view if change is not None and change.view is not None else state.wanted
    shown = wanted if change is not None else state.view
    pinned = bool(pin.pinned) if pin is not None else state.pinned and wanted != "off"
    stepped = change is None and state.view != state.wanted
    marks: list[tuple[str, Colour]] = []
    tips: list[tuple[str, Colour]] = [(text.one_line(row.path, 400), palette.STRONG)]
    tips.append((f"{state.size:,} bytes" + _tokens_words(change, shown, state.tokens), palette.DIM))
    if fresh:
        marks.append((Icon.DOT, palette.GREEN))
        tips.append(("Changed on disk just now", palette.GREEN))
    if pinned:
        marks.append((Icon.PIN, palette.ACCENT_BRIGHT))
        tips.append(("Pinned: the last to be stepped down", palette.ACCENT_BRIGHT))
    if stepped:
        marks.append((Icon.DOWN, palette.AMBER))
        tips.append((f"View: {state.view}, stepped down from {state.wanted}", palette.AMBER))
    else:
        tips.append((f"View: {shown}" if shown != "off" else "Not in the context", VIEW_COLOURS[shown]))
    if state.why and wanted != "off":
        tips.append((text.one_line(state.why, 200), palette.DIM))
    if state.note and wanted != "off":
        marks.append((Icon.WARNING, palette.AMBER))
        tips.append((text.one_line(state.note, 200), palette.AMBER))
    return RowLook(
        icon=Icon.FILE if row.name.rpartition(".")[2].lower() in _PROSE else Icon.FILE_CODE,
        name=text.one_line(row.name, 200),
        colour=palette.DIM if shown == "off" else palette.TEXT,
        opened=None,
        wanted=wanted,
        chip=shown,
        pinned=pinned,
        tokens="" if shown == "off" else "…" if change is not None else count(state.tokens),
        marks=tuple(marks),
        tips=tuple(tips),
    )


def _tokens_words(change: Choosing | None, shown: View, tokens: int) -> str:
    return f"  ·  about {tokens:,} tokens" if shown != "off" and change is None else ""


def _folder(row: Row, browser: FileBrowser, change: Choosing | None, fresh: AbstractSet[str]) -> RowLook:
    sums = browser.index.sums(row.path)
    view: SharedView = change.view if change is not None and change.view else sums.view or "off"
    opened = browser.is_open(row.path)
    below = any(path.startswith(f"{row.path}/") for path in fresh)
    marks: list[tuple[str, Colour]] = []
    if not opened:  # else the rows below say it themselves
        if below:
            marks.append((Icon.DOT, palette.GREEN))
        if sums.stepped and change is None:
            marks.append((Icon.DOWN, palette.AMBER))
        if sums.troubled and sums.chosen:
            marks.append((Icon.WARNING, palette.AMBER))
    tokens = "" if view == "off" else "…" if change is not None else count(sums.tokens)
    return RowLook(
        icon=Icon.FOLDER_OPEN if opened else Icon.FOLDER,
        name=text.one_line(row.name, 200),
        colour=palette.DIM if view == "off" else palette.TEXT,
        opened=opened,
        wanted=view,
        chip=view,
        pinned=False,
        tokens=tokens,
        marks=tuple(marks),
        tips=_folder_tips(row, sums, view, change),
    )


def _folder_tips(
    row: Row, sums: Sums, view: SharedView, change: Choosing | None
) -> tuple[tuple[str, Colour], ...]:
    tips = [(f"{text.one_line(row.path, 400)}/", palette.STRONG)]
    files = f"{text.plural(sums.files, 'file')}, {sums.chosen:,} chosen"
    tips.append((files + (f"  ·  about {sums.tokens:,} tokens" if sums.tokens else ""), palette.DIM))
    words = {"mixed": "Views: mixed", "off": "Not in the context"}.get(view, f"View of all of it: {view}")
    tips.append((words, VIEW_COLOURS[view]))
    if change is None:
        if sums.stepped:
            tips.append((f"{sums.stepped:,} stepped down to fit the budget", palette.AMBER))
        if sums.troubled and sums.chosen:
            tips.append((f"{sums.troubled:,} cannot be shown", palette.AMBER))
    if sums.pinned:
        tips.append((f"{sums.pinned:,} pinned", palette.ACCENT_BRIGHT))
    return tuple(tips)
