"""Commands, skills and assistants as Markdown files in a folder: found and read, and nothing else.

A command is `commands/NAME.md`: words that are sent in place of `/NAME`. A skill is a folder
`skills/NAME/` with a `SKILL.md`, which a model reads when it has use for it. An assistant is
`assistants/NAME.md`: a profile in its head, and what it is told.
"""

from collections.abc import Iterator
from pathlib import Path

from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.front_matter import Page, page_of
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import clean, without_tags
from copilot.workspace.boundary import Boundary

MOST_BYTES = 256 * 1024
"""Of one file."""
MOST_FILES = 200
"""Commands, skills, and files of a skill that are looked at."""
SKILL = "SKILL.md"
COMMANDS, SKILLS = "commands", "skills"
PROJECT_COMMANDS = ".copilot/commands"
PROJECT_SKILLS = (".copilot/skills", ".agents/skills")
PROJECT_ASSISTANTS = ".copilot/assistants"
_NAME = late(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@frozen
class Brought:
    """One command, skill or assistant. `folder` and `path` say where it is: `path` from `folder`, with
    forward slashes.

    `sha256` is that of everything in it, `text` the whole of its Markdown file. Of a skill `files` are the
    others in its folder, from there.
    """

    name: str
    folder: str
    path: str
    sha256: str
    text: str
    files: tuple[str, ...] = ()

    @property
    def page(self) -> Page:
        """Its head and its words."""
        return page_of(self.text)

    @property
    def description(self) -> str:
        """What it says of itself in one line, else its first line."""
        page = self.page
        said = page.head.get("description", "") or next(iter(page.body.strip().splitlines()), "").strip("# ")
        return " ".join(said.split())


def pages_in(folder: Path, below: str) -> tuple[Brought, ...]:
    """The commands, or assistants, in `below`, by their names. What cannot be read is passed over."""
    boundary = Boundary(folder)
    found: list[Brought] = []
    for name in _names(boundary, below, "file"):
        stem = name.removesuffix(".md")
        if stem != name and _NAME.fullmatch(stem):
            found += _read(boundary, stem, f"{below}/{name}")
    return tuple(found)


def skills_in(folder: Path, below: str) -> tuple[Brought, ...]:
    """The skills in `below`, by their names. What cannot be read is passed over."""
    boundary = Boundary(folder)
    found: list[Brought] = []
    for name in _names(boundary, below, "folder"):
        if _NAME.fullmatch(name):
            found += _read(boundary, name, f"{below}/{name}/{SKILL}")
    return tuple(found)


def any_skills(home: Path, base_dir: Path) -> bool:
    """Whether there may be a skill; a quick look."""
    return (home / SKILLS).is_dir() or any((base_dir / below).is_dir() for below in PROJECT_SKILLS)


def _names(boundary: Boundary, below: str, kind: str) -> list[str]:
    if not (boundary.base_dir / below).is_dir():
        return []
    try:
        entries = boundary.list(below)
    except (ToolError, OSError):
        return []
    return sorted(entry.name for entry in entries if entry.kind == kind)[:MOST_FILES]


def _read(boundary: Boundary, name: str, path: str) -> Iterator[Brought]:
    from hashlib import sha256  # with OpenSSL: most folders have no such file

    try:
        data = boundary.read_bytes(path, at_most=MOST_BYTES).data
        text = without_tags(clean(data.decode("utf-8-sig")))
        whole = sha256(data)
        files: list[str] = []
        if path.endswith(f"/{SKILL}"):
            home = path.rpartition("/")[0]
            for one in _below(boundary, home):
                whole.update(b"\0" + one.encode() + b"\0")
                whole.update(boundary.read_bytes(f"{home}/{one}", at_most=MOST_BYTES * 16).data)
                files.append(one)
    except (ToolError, OSError, UnicodeDecodeError):
        return
    yield Brought(
        name=name,
        folder=str(boundary.base_dir),
        path=path,
        sha256=whole.hexdigest(),
        text=text,
        files=tuple(files),
    )


def _below(boundary: Boundary, home: str) -> list[str]:
    """The files of a skill beside its `SKILL.md`, from its folder. Raises ToolError for too many."""
    found: list[str] = []
    folders = [home]
    while folders:
        here = folders.pop()
        for entry in boundary.list(here):
            path = f"{here}/{entry.name}"
            if entry.kind == "folder":
                folders.append(path)
            elif entry.kind == "file" and path != f"{home}/{SKILL}":
                found.append(path[len(home) + 1 :])
            if len(found) + len(folders) > MOST_FILES:
                raise ToolError(f"the skill {home} holds more than {MOST_FILES} files")
    return sorted(found)
