"""What the person's clicks in the file tree make of the chosen files."""

from collections.abc import Callable, Iterable

from copilot.context.choices import with_pin, with_view
from copilot.desktop.file_index import Row
from copilot.desktop.listing import Choosing
from copilot.vocabulary.values import FileChoice, View

Files = tuple[FileChoice, ...]


def choose_view(files: Files, row: Row, view: View, new_id: Callable[[], str]) -> Choosing | None:
    """Give a row's file or folder a view; None where the choice says so already."""
    after = with_view(files, row.path, view, folder=row.folder)
    if after == files:
        return None
    return Choosing(request_id=new_id(), files=after, path=row.path, folder=row.folder, view=view)


def choose_pin(
    files: Files, row: Row, *, pinned: bool, off: bool, new_id: Callable[[], str]
) -> Choosing | None:
    """Pin a row's file or take the pin off; `off` where it has no view yet, and so gets one."""
    after = with_pin(files, row.path, pinned=pinned)
    if row.folder or after == files:
        return None
    view: View | None = "full" if off and pinned else None
    return Choosing(request_id=new_id(), files=after, path=row.path, view=view, pinned=pinned)


def choose_whole(files: Files, paths: Iterable[str], new_id: Callable[[], str]) -> Choosing | None:
    """Give files their full text; None where there are none to give it to."""
    change: Choosing | None = None
    for path in paths:
        made = choose_view(files, Row(path, False, 0), "full", new_id)
        if made is not None:
            change, files = made, made.files
    return change
