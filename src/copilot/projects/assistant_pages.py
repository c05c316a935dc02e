"""An assistant as a Markdown file of a project: its profile in the head, what it is told below.

The keys are those of `[assistants.NAME]` (`assistant_tables`); a list stands on one line, with commas.
"""

from pathlib import Path
from typing import Any

from copilot.projects.assistant_tables import assistants_in, values_of
from copilot.storage.atomic import sweep_temps, write_atomic
from copilot.storage.disk import storage_error
from copilot.vocabulary.assistants import ASSISTANT_NAME, Assistant
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.front_matter import Page, page_of
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.patterns import late

_LISTS = ("tools", "files", "may_ask")
_PLAIN = ("about", "provider", "model")
_NAME = late(ASSISTANT_NAME)
_VIEW = late(r"(.+) \((full|summary|names)\)")


def assistant_in(name: str, page: Page) -> tuple[Assistant | None, tuple[str, ...]]:
    """The assistant that a file makes, None where it is wrong; and what is wrong, in words.

    `description` stands for `about`, as other programs write it. Keys of other programs are passed over.
    """
    head = dict(page.head)
    about = head.pop("description", "")
    table: dict[str, Any] = {key: head[key] for key in _PLAIN if head.get(key)}
    if about:
        table.setdefault("about", about)
    for key in _LISTS:
        if key in head:
            table[key] = [_file(one) if key == "files" else one for one in _listed(head[key])]
    if page.body.strip():
        table["instructions"] = page.body.strip() + "\n"
    made, faults = assistants_in({name: table})
    if faults:
        return None, tuple(": ".join((*map(str, fault.path[2:3]), fault.reason)) for fault in faults)
    return replace(made[0], project=True), ()


def page_text(one: Assistant) -> str:
    """The file of an assistant; `assistant_in` makes the same of it."""
    values = values_of(one)
    lines = [f"{key}: {_quoted(str(values[key]))}" for key in _PLAIN if key in values]
    for key in _LISTS:
        if key in values:
            lines.append(f"{key}: {', '.join(map(_told, values[key]))}".rstrip())
    head = "".join(f"{line}\n" for line in lines)
    body = one.instructions.strip()
    return f"---\n{head}---\n{body}\n"


def write_page(base_dir: Path, below: str, one: Assistant, *, new: bool) -> Path:
    """Write the file of an assistant into the folder `below` of a project; its path. With `new` there must be
    none of its name yet.

    Raises ConfigError for what no assistant can be, StorageError.
    """
    path = _page(base_dir, below, one.name)
    text = page_text(one)
    read, wrong = assistant_in(one.name, page_of(text))
    if read is None or replace(read, instructions="") != replace(one, instructions="", project=True):
        told = wrong[0] if wrong else "it cannot be written as a file"
        raise ConfigError(f"{one.name}: {told}", "copilot assistants --help says what an assistant can be.")
    if new and path.exists():
        raise ConfigError(f"{path} is there already", "Edit or delete it, or take another name.")
    _refuse_elsewhere(base_dir, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_error("making", path.parent, error) from error
    sweep_temps(path)
    write_atomic(path, text.encode(), mode=0o644)
    return path


def delete_page(base_dir: Path, below: str, name: str) -> Path:
    """Remove the file of an assistant; its path. Raises ConfigError where there is none, StorageError."""
    path = _page(base_dir, below, name)
    _refuse_elsewhere(base_dir, path)
    try:
        path.unlink()
    except FileNotFoundError as error:
        raise ConfigError(f"{path} is not there", "copilot assistants list names those that are.") from error
    except OSError as error:
        raise storage_error("removing", path, error) from error
    return path


def _page(base_dir: Path, below: str, name: str) -> Path:
    if _NAME.fullmatch(name) is None:
        raise ConfigError(
            f"{name!r} is no name for an assistant",
            "It has up to 40 letters, digits, dashes and underscores.",
        )
    return base_dir / below / f"{name}.md"


def _refuse_elsewhere(base_dir: Path, path: Path) -> None:
    """Raises ConfigError where a link leads out of the project."""
    if not path.parent.resolve().is_relative_to(base_dir.resolve()) or path.is_symlink():
        raise ConfigError(f"{path} leads out of the folder", "Take the link out.")


def _listed(words: str) -> list[str]:
    """The parts between commas; brackets around all, as YAML has them, go."""
    inner = words[1:-1] if words.startswith("[") and words.endswith("]") else words
    return [part.strip().strip("\"'") for part in inner.split(",") if part.strip()]


def _file(words: str) -> str | dict[str, str]:
    found = _VIEW.fullmatch(words)
    return words if found is None else {"path": found[1], "view": found[2]}


def _told(value: str | dict[str, str]) -> str:
    return value if isinstance(value, str) else f"{value['path']} ({value['view']})"


def _quoted(words: str) -> str:
    return f'"{words}"' if words != words.strip() or words[:1] in "\"'>|" else words
