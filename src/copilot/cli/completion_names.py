"""The names that Tab completes: those of projects, of a project's branches, of assistants.

Nothing is written and no project is made; what cannot be read has no names.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from copilot.assembly.policing import policy_bench
from copilot.cli import opening
from copilot.cli.completion_words import NameKind
from copilot.cli.parser import build
from copilot.cli.world import World
from copilot.projects.home import Home
from copilot.projects.peeking import peek
from copilot.projects.project_manager import list_projects, path_of
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.text import visible


def names(kind: NameKind, words: Sequence[str], world: World) -> tuple[str, ...]:
    """What may come behind these words, in order."""
    args = build(()).parse_args(["--home", home] if (home := said(words, "--home")) else [])
    home_ = opening.home_of(args, world)
    try:
        found = sorted(set(_names(kind, words, world, home_)))
    except CopilotError:
        return ()
    return tuple(name for name in found if visible(name, keep="") == name)


def said(words: Sequence[str], option: str) -> str:
    """What an option was given on the line, "" where it was not."""
    for at, word in enumerate(words):
        if word == option and at + 1 < len(words):
            return words[at + 2] if words[at + 1] == "=" and at + 2 < len(words) else words[at + 1]
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return ""


def _names(kind: NameKind, words: Sequence[str], world: World, home: Home) -> Iterator[str]:
    if kind == "project":
        yield from list_projects(home)
        return
    project = said(words, "--project")
    folder = said(words, "--base-dir")
    if kind == "branch" and project:
        yield from _branches(home, project)
        return
    bench = policy_bench(
        opening.around_of(world), home, project, world.cwd / Path(folder).expanduser() if folder else None
    )
    if kind == "branch":
        yield from _branches(home, bench.project.name)
    else:
        from copilot.projects.config import load_settings

        yield from (one.name for one in load_settings(home)[0].assistants)
        yield from (one.name for one in bench.trust.assistants(bench.project))


def _branches(home: Home, project: str) -> Iterator[str]:
    path = path_of(home, project)
    if path.is_file():
        yield from (one.name for one in peek(path).project.discussion.branches)
