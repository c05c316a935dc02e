"""Where the search looks: every project with its journal, every session's tool calls, every script that ran.

Each source has a stamp of what lies on the disk; where it is as it was, nothing is read.
"""

from collections.abc import Callable, Container, Iterator
from pathlib import Path

from copilot.assembly.project_texts import project_reader
from copilot.assembly.search_reading import Read, Reading, bytes_from, joined, said_of, stamp_of
from copilot.projects import project_manager
from copilot.projects.home import Home
from copilot.record.search_index import UNDER, SearchText, Source
from copilot.record.tool_call_log import LoggedCall, logged_calls, page_start
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late

_OPENED = late(
    rb'\\?"event\\?":\\?"ProjectOpened\\?".{0,300}?\\?"project\\?":\{\\?"type\\?":\\?"Project\\?",'
    rb'\\?"name\\?":\\?"(?P<name>[^"\\]{1,100})\\?"'
)
"""As an event stands in a log: in its line, or as a text within one."""
_HEAD_BYTES = 65_536
"""Of a session's log: the project's name stands in its first lines."""
_SCRIPT = late(r"(.+)_\d+\.(?:sh|ps1|py)")
_CALLS = "toolcalls_"


@frozen
class Place:
    """A source as it is on the disk: `files` changes with it, `size` in bytes."""

    source: Source
    files: str
    size: int
    read: Read


def places(home: Home, known: Container[str]) -> Iterator[Place]:
    """All sources of a home, as they are now; the project of a `known` session is not looked for again.

    Raises StorageError.
    """
    for folder, where in ((home, "project"), (Home(root=home.projects / "archive"), "archive")):
        for name in project_manager.list_projects(folder):
            path = project_manager.path_of(folder, name)
            files, size = stamp_of(path, path.with_suffix(".journal"))
            source = Source(name=f"{where}/{name}", project=name, archived=where == "archive")
            yield Place(source=source, files=files, size=size, read=project_reader(path, files))
    for path in sorted(home.logs.glob(f"{_CALLS}*.log*")):
        session, _, rest = path.name.removeprefix(_CALLS).partition(".")
        number = rest.partition(".")[0]
        part = f".{number}" if number.isdecimal() else ""
        files, size = stamp_of(path)
        source = _of_session("calls", session, 1, home, known, part)
        yield Place(source=source, files=files, size=size, read=_calls_reader(path, files))
    yield from _scripts(home, known)


def _of_session(
    what: str, session: str, rank: int, home: Home, known: Container[str], part: str = ""
) -> Source:
    name = f"{what}/{session}{part}"
    return Source(name=name, project="" if name in known else _project_of(home, session), rank=rank)


def _project_of(home: Home, session: str) -> str:
    """The project that a session was on, as far as its log says so."""
    for ending in (".log", ".log.gz"):
        found = _OPENED.search(bytes_from(home.logs / f"comms_{session}{ending}", 0, _HEAD_BYTES))
        if found is not None:
            return found["name"].decode("utf-8", "replace")
    return ""


def _calls_reader(path: Path, files: str) -> Read:
    def read(before: str, _branch_of: Callable[[str], str | None]) -> Reading:
        said = said_of(before)
        start = said["place"] if said is not None and isinstance(said.get("place"), int) else 0
        data = bytes_from(path, start)
        if start and not data.startswith(b"## "):
            start, data = 0, bytes_from(path, 0)
        calls = tuple(logged_calls(data.decode("utf-8", "replace")))
        texts = (text for call in calls for text in _call_texts(call, path))
        beneath = tuple(str(call.number) for call in calls) if start else None
        return Reading(texts=texts, stamp=joined(files, place=start + page_start(data)), beneath=beneath)

    return read


def _call_texts(call: LoggedCall, path: Path) -> Iterator[SearchText]:
    for kind, text in (("script", call.arguments), ("result", call.output)):
        if text.strip():
            yield SearchText(
                ref=f"{call.number}{UNDER}{kind}",
                kind="script" if kind == "script" else "result",
                at=call.at,
                text=text,
                title=call.name,
                branch=call.branch,
                call=call.call,
                path=str(path),
            )


def _scripts(home: Home, known: Container[str]) -> Iterator[Place]:
    """The scripts of each session."""
    found: dict[str, list[Path]] = {}
    try:
        for path in sorted(home.scripts.iterdir()):
            if (match := _SCRIPT.fullmatch(path.name)) is not None:
                found.setdefault(match[1], []).append(path)
    except OSError:
        return
    for session, paths in found.items():
        files, size = stamp_of(*paths)
        source = _of_session("scripts", session, 2, home, known)
        yield Place(source=source, files=files, size=size, read=_scripts_reader(paths, files))


def _scripts_reader(paths: list[Path], files: str) -> Read:
    def texts() -> Iterator[SearchText]:
        for path in paths:
            try:
                text, at = path.read_text("utf-8-sig", "replace"), path.stat().st_mtime
            except OSError:
                continue
            yield SearchText(ref=path.name, kind="script", at=at, text=text, title=path.name, path=str(path))

    return lambda _before, _branch_of: Reading(texts=texts(), stamp=joined(files))
