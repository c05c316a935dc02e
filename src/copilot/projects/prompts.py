"""Prompts that a person keeps by name: Markdown files, some for every project and some for one.

`prompts/<name>.md` in the home, and `projects/<project>_prompts/<name>.md` beside the project's file. They
are the person's own: they may be written, renamed and removed by any other program at any time, so each call
looks at the disk, and nothing that changed meanwhile is written over.
"""

import os
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Literal

from copilot.projects.home import Home
from copilot.projects.project_manager import name_flaw
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import make_folder, remove, rename, storage_error
from copilot.vocabulary.errors import ProjectError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import clean, visible

PromptScope = Literal["project", "everywhere"]
PROMPT_SCOPES: tuple[PromptScope, ...] = ("project", "everywhere")

SUFFIX = ".md"
MOST_BYTES = 400_000
"""A longer file is no prompt: about as much as the smallest windows of models hold."""

MOST_PROMPTS = 2_000
"""Files of one folder that are read."""

_MARK = "\ufeff"


@frozen
class Prompt:
    """A prompt as it is on the disk: its lines end with a line feed, the last one perhaps with none."""

    name: str
    scope: PromptScope
    text: str


@frozen
class Library:
    """All prompts, those of the project first, each scope as people sort. `troubles` name files left out."""

    prompts: tuple[Prompt, ...] = ()
    troubles: tuple[str, ...] = ()


def folder_of(home: Home, project: str, scope: PromptScope) -> Path:
    """Where the prompts of a scope lie; it is made with the first."""
    match scope:
        case "project":
            return home.projects / f"{project}_prompts"
        case "everywhere":
            return home.prompts


def read_library(home: Home, project: str) -> Library:
    """Read all prompts. What cannot be read is named and left out; a folder that is not there has none."""
    prompts: list[Prompt] = []
    troubles: list[str] = []
    for scope in PROMPT_SCOPES:
        folder = folder_of(home, project, scope)
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix == SUFFIX)
        except FileNotFoundError:
            continue
        except OSError as error:
            troubles.append(str(storage_error("reading", folder, error)))
            continue
        if len(paths) > MOST_PROMPTS:
            troubles.append(f"{folder} holds {len(paths):,} prompts: the first {MOST_PROMPTS:,} are here")
        found: list[Prompt] = []
        for path in paths[:MOST_PROMPTS]:
            read = _read(path, scope)
            if isinstance(read, Prompt):
                found.append(read)
            else:
                troubles.append(f"{visible(path.name, keep='')}: {read}")
        prompts += sorted(found, key=lambda prompt: (prompt.name.casefold(), prompt.name))
    return Library(prompts=tuple(prompts), troubles=tuple(troubles))


def prompt_flaw(library: Library, prompt: Prompt, before: Prompt | None = None) -> str:
    """Why the prompt cannot be kept in the place of `before`, "" where it can: its name, a name that is taken
    (two that differ by small letters are one file on some systems), its length."""
    flaw = name_flaw(prompt.name)
    if flaw:
        return f"This cannot be a name: {flaw}."
    own = None if before is None else (before.scope, before.name)
    others = (o for o in library.prompts if o.scope == prompt.scope and (o.scope, o.name) != own)
    taken = {_same(other.name) for other in others}
    if _same(prompt.name) in taken:
        return "There is a prompt of this name already."
    if len(_bytes(prompt.text)) > MOST_BYTES:
        return f"It is longer than {MOST_BYTES // 1000:,} kB."
    return ""


def keep_prompt(home: Home, project: str, prompt: Prompt, before: Prompt | None = None) -> None:
    """Write a prompt, new or in the place of `before`, whose name and scope may have been others.

    Raises ProjectError for what `prompt_flaw` tells, and where another program changed the file or made one
    of that name meanwhile; StorageError. Then everything is as before.
    """
    flaw = prompt_flaw(read_library(home, project), prompt, before)
    if flaw:
        raise ProjectError(flaw, "Choose another name." if "name" in flaw else "")
    target = _path(home, project, prompt)
    source = None if before is None else _path(home, project, before)
    if source is not None and before is not None:
        _refuse_changed(source, before)
    if target != source and _there(target) and not (source is not None and _one_file(source, target)):
        raise ProjectError(f"{target} is there already", "Choose another name.")
    if before is not None and source == target and before.text == prompt.text and _there(target):
        return
    make_folder(target.parent)
    if source is None or source == target or not _there(source):
        write_atomic(target, _bytes(prompt.text))
    elif _one_file(source, target):  # on a system that ignores case
        rename(source, target)
        write_atomic(target, _bytes(prompt.text))
    else:
        _move(source, target, _bytes(prompt.text))


def remove_prompt(home: Home, project: str, prompt: Prompt) -> None:
    """Remove a prompt; `keep_prompt` has it back. Raises ProjectError where it changed meanwhile,
    StorageError."""
    path = _path(home, project, prompt)
    _refuse_changed(path, prompt)
    remove(path)


def fitting(prompts: tuple[Prompt, ...], search: str) -> tuple[Prompt, ...]:
    """Those that hold each word of `search` in name or text; those with all words in their name first."""
    words = search.casefold().split()
    named = [p for p in prompts if all(word in p.name.casefold() for word in words)]
    told = [p for p in prompts if p not in named and _holds(p, words)]
    return (*named, *told)


def _holds(prompt: Prompt, words: list[str]) -> bool:
    whole = f"{prompt.name}\n{prompt.text}".casefold()
    return all(word in whole for word in words)


def _read(path: Path, scope: PromptScope) -> Prompt | str:
    """The prompt in a file, or why it is none."""
    flaw = name_flaw(path.stem)
    if flaw:
        return f"it is left out, since this cannot be a name: {flaw}"
    try:
        if not path.is_file():
            return "it is no file"
        if path.stat().st_size > MOST_BYTES:
            return f"it is left out, since it is longer than {MOST_BYTES // 1000:,} kB"
        text = _text(path.read_bytes())
        if "\0" in text:
            return "it is left out, since it holds a NUL character"
        return Prompt(name=path.stem, scope=scope, text=text)
    except UnicodeDecodeError:
        return "it is left out, since it is not UTF-8 text"
    except OSError as error:
        return f"it cannot be read: {error.strerror}"


def _move(source: Path, target: Path, data: bytes) -> None:
    """Write what is said under its new name, and only then take the old one away: a kill leaves both."""
    try:
        write_atomic(target, data)
        remove(source)
    except StorageError:
        if _there(source):
            with suppress(OSError):
                target.unlink()
        raise


def _text(data: bytes) -> str:
    return data.decode().removeprefix(_MARK).replace("\r\n", "\n").replace("\r", "\n")


def _bytes(text: str) -> bytes:
    return clean(text).encode()


def _path(home: Home, project: str, prompt: Prompt) -> Path:
    return folder_of(home, project, prompt.scope) / f"{prompt.name}{SUFFIX}"


def _same(name: str) -> str:
    """Equal for names that are one file on a system that ignores case or composes letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _refuse_changed(path: Path, before: Prompt) -> None:
    """Raise ProjectError where the file no longer says what the person was shown; one that is gone may be
    written anew."""
    try:
        now = _text(path.read_bytes())
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError):
        now = None
    if now != before.text:
        raise ProjectError(
            f"another program changed {before.name} meanwhile",
            "Look at what it says now; your own words are still in the editor.",
        )


def _there(path: Path) -> bool:
    return os.path.lexists(path)


def _one_file(one: Path, other: Path) -> bool:
    """Whether both names are one file, as Review and review are where case does not count."""
    try:
        return one.samefile(other)
    except OSError:
        return False
