"""What the panel of documents says and takes, in words. No Dear PyGui here."""

import textwrap
from pathlib import Path

from copilot.desktop import text
from copilot.desktop.documented import Documented
from copilot.desktop.typed import Wrong
from copilot.desktop.view_state import ViewState
from copilot.documents.telling import cost_words as cost_words
from copilot.documents.telling import range_words as range_words
from copilot.documents.telling import what_words as what_words

_MOST_FOLDERS = 3_000


def told_words(state: Documented) -> str:
    """How far it is, or how it ended, in a line."""
    match state.phase:
        case "looking":
            return f"Reading: {state.done:,} of {state.of:,}" if state.of else "Reading the folder…"
        case "asking":
            far = f"{state.done:,} of {state.of:,} documented"
            return f"{far}, {state.told}" if state.told else far
        case "planned" if state.plan is not None and state.plan.nothing:
            now = "The page is up to date." if state.there and not state.stale else ""
            return f"Nothing is to be asked: {text.plural(state.plan.known, 'text')} known. {now}".strip()
        case _:
            return state.told


def patterns(words: str) -> tuple[str, ...] | Wrong:
    """Globs between blanks, as on the command line; a comma does as well."""
    found = tuple(one for one in words.replace(",", " ").split() if one != "!")
    long = next((one for one in found if len(one) > 500), "")
    return Wrong("A pattern has at most 500 characters.") if long else found


def folders_of(state: ViewState) -> list[str]:
    """The folders in which the project has files, by path."""
    found: set[str] = set()
    for file in state.listing.files if state.listing is not None else ():
        folder = file.path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(found)[:_MOST_FOLDERS]


def seen_from(base: Path, path: Path) -> str:
    """A path as seen from a folder, whole where it lies elsewhere."""
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else str(path)


def wrapped(words: str, columns: int) -> list[str]:
    """Words in lines of so many characters, at least one."""
    return textwrap.wrap(text.one_line(words, 600), max(20, columns)) or [""]
