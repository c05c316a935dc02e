"""What one row of the file tree says: words and colours, without Dear PyGui."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from copilot.desktop import text
from copilot.desktop.file_browser import FileBrowser
from copilot.desktop.file_index import Row, SharedView, Sums
from copilot.desktop.listing import Choosing
from copilot.desktop.palette import Tone
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
VIEW_TONES: dict[SharedView, Tone] = {
    "full": "accent_bright",
    "summary": "violet",
    "names": "cyan",
    "off": "faint",
    "mixed": "dim",
}
NEXT_VIEW: dict[View, View] = {"full": "summary", "summary": "names", "names": "off", "off": "full"}

_PROSE = ("md", "rst", "txt", "adoc", "log", "csv")


@frozen
class RowLook:
    """`wanted` is what the person chose (or is choosing); `chip` what the chip shows. `marks` stand from left
    to right before the tokens; `tips` are the lines of the tooltip, each with its tone."""

    icon: str
    name: str
    tone: Tone
    opened: bool | None
    wanted: SharedView
    chip: SharedView
    pinned: bool
    tokens: str
    marks: tuple[tuple[str, Tone], ...]
    tips: tuple[tuple[str, Tone], ...]


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
    marks: list[tuple[str, Tone]] = []
    tips: list[tuple[str, Tone]] = [(text.one_line(row.path, 400), "strong")]
    tips.append((f"{state.size:,} bytes" + _tokens_words(change, shown, state.tokens), "dim"))
    if fresh:
        marks.append((Icon.DOT, "green"))
        tips.append(("Changed on disk just now", "green"))
    if pinned:
        marks.append((Icon.PIN, "accent_bright"))
        tips.append(("Pinned: the last to be stepped down", "accent_bright"))
    if stepped:
        marks.append((Icon.DOWN, "amber"))
        tips.append((f"View: {state.view}, stepped down from {state.wanted}", "amber"))
    else:
        tips.append((f"View: {shown}" if shown != "off" else "Not in the context", VIEW_TONES[shown]))
    if state.why and wanted != "off":
        tips.append((text.one_line(state.why, 200), "dim"))
    if state.note and wanted != "off":
        marks.append((Icon.WARNING, "amber"))
        tips.append((text.one_line(state.note, 200), "amber"))
    return RowLook(
        icon=Icon.FILE if row.name.rpartition(".")[2].lower() in _PROSE else Icon.FILE_CODE,
        name=text.one_line(row.name, 200),
        tone="dim" if shown == "off" else "text",
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
    marks: list[tuple[str, Tone]] = []
    if not opened:  # else the rows below say it themselves
        if below:
            marks.append((Icon.DOT, "green"))
        if sums.stepped and change is None:
            marks.append((Icon.DOWN, "amber"))
        if sums.troubled and sums.chosen:
            marks.append((Icon.WARNING, "amber"))
    tokens = "" if view == "off" else "…" if change is not None else count(sums.tokens)
    return RowLook(
        icon=Icon.FOLDER_OPEN if opened else Icon.FOLDER,
        name=text.one_line(row.name, 200),
        tone="dim" if view == "off" else "text",
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
) -> tuple[tuple[str, Tone], ...]:
    tips: list[tuple[str, Tone]] = [(f"{text.one_line(row.path, 400)}/", "strong")]
    files = f"{text.plural(sums.files, 'file')}, {sums.chosen:,} chosen"
    tips.append((files + (f"  ·  about {sums.tokens:,} tokens" if sums.tokens else ""), "dim"))
    words = {"mixed": "Views: mixed", "off": "Not in the context"}.get(view, f"View of all of it: {view}")
    tips.append((words, VIEW_TONES[view]))
    if change is None:
        if sums.stepped:
            tips.append((f"{sums.stepped:,} stepped down to fit the budget", "amber"))
        if sums.troubled and sums.chosen:
            tips.append((f"{sums.troubled:,} cannot be shown", "amber"))
    if sums.pinned:
        tips.append((f"{sums.pinned:,} pinned", "accent_bright"))
    return tuple(tips)
