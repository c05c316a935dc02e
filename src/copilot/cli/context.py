"""`copilot context`: write what the model would be told about the chosen files."""

import argparse
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast, get_args

from copilot.cli import options
from copilot.cli.progress import Progress
from copilot.cli.world import FAILED, USAGE, World
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import mutable, replace
from copilot.vocabulary.text import visible, without_keys
from copilot.vocabulary.values import FileChoice, FileItem, Project, View

if TYPE_CHECKING:
    from copilot.assembly.context_source import ContextSource
    from copilot.assembly.surroundings import Surroundings
    from copilot.context.aggregate import Aggregate
    from copilot.projects.home import Home

NAME = "context"
SUMMARY = "write the context of the chosen files as Markdown"
ABOUT = """\
Write the Markdown that tells the model about the chosen files, and print where it is and how large.
The patterns are against the base directory; a pattern that begins with ! takes files out again.

examples:
  copilot context --base-dir . 'src/**/*.py' '!src/**/generated/*'
  copilot context --base-dir . '**' --view summary --out - | less
  copilot context --project shop --budget 50000 --stats
  copilot context --project shop --diff
  copilot context --project shop --count --provider anthropic
"""

UNBOUNDED = 10**12
"""Tokens: files that are named on the command line are all shown as asked, unless --budget is said."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `context`."""
    parser.add_argument("patterns", nargs="*", metavar="GLOB", help="which files; the project's without any")
    options.add_project(parser)
    options.add_model(parser)
    group = parser.add_argument_group("context")
    group.add_argument(
        "--view",
        choices=get_args(View)[:3],
        metavar="VIEW",
        help="how the files named here enter: full (the usual), summary or names",
    )
    group.add_argument(
        "--budget",
        type=options.positive,
        metavar="TOKENS",
        help="files step down to summaries, then to names, until they fit (estimated); "
        "without it, the project's own limit for its own files, none for files named here",
    )
    group.add_argument(
        "--out", metavar="FILE", help="write there instead of md_gen/; - stands for standard output"
    )
    group.add_argument("--stats", action="store_true", help="tokens by folder and file, time by stage")
    group.add_argument(
        "--count",
        action="store_true",
        help="have the provider count the tokens exactly, tools included (Ctrl+C stops it)",
    )
    group.add_argument("--diff", action="store_true", help="what changed against the newest in md_gen/")


def run(args: argparse.Namespace, world: World) -> int:
    """Write the context. 2 where neither files nor a project were named, 1 where no file was found."""
    from copilot.assembly.context_source import context_source
    from copilot.assembly.workshop import workshop
    from copilot.cli import opening
    from copilot.context import aggregate
    from copilot.tokens.estimator import factor

    patterns: list[str] = args.patterns
    name = options.given(args, "project") or ""
    if not patterns and not name:
        world.stderr.write(
            "copilot context: name some files or a project. Try: copilot context --base-dir . '**/*.py'\n"
        )
        return USAGE
    around = opening.around_of(world)
    home = opening.home_of(args, world)
    base_dir, flags = opening.base_dir_of(args, world), opening.flags_of(args)
    source = context_source(around, home, name, base_dir, named=bool(patterns), flags=flags)
    for notice in source.notices:
        world.stderr.write(f"! {visible(notice)}\n")
    project = _asked(source.project, patterns, args)
    each = factor(source.model.provider, source.model.model)
    with Progress(world.stderr, "files") as progress:
        built = aggregate.run(
            project,
            progress.looked,
            workshop=workshop(
                home,
                world.environ,
                Path(project.base_dir),
                world.clock,
                source.keys,
                window=around.window,
                share=True,
                progress=progress.tell,
            ),
            tokens_per_piece=each,
        )
    built = replace(built, instructions=_trusted(home, project, world))
    code = _told(args, world, home, project, source, built, each)
    if args.count and not code:
        _count(args, world, around, home, project, source, built)
    return code


def _trusted(home: "Home", project: Project, world: World) -> tuple[tuple[str, str], ...]:
    """The project's own instructions that are trusted; those that are not yet are told of."""
    from copilot.workspace.brought import any_skills
    from copilot.workspace.instructions import instruction_files

    base_dir = Path(project.base_dir)
    if not (instruction_files(base_dir) or any_skills(home.root, base_dir)):
        return ()
    from copilot.assembly.outside_tools import trust_book
    from copilot.cli.trust_lines import waiting_line

    trust = trust_book(home)
    waiting = [one for one in trust.items(project) if one.state == "asked" and one.kind == "instructions"]
    if line := waiting_line(waiting):
        world.stderr.write(f"{line}\n")
    return tuple((one.name, one.text) for one in trust.instructions(project))


def _told(
    args: argparse.Namespace,
    world: World,
    home: "Home",
    project: Project,
    source: "ContextSource",
    built: "Aggregate",
    each: float,
) -> int:
    """Write the context and say what there is to say of it."""
    from copilot.cli import context_report
    from copilot.context import keeping

    text = _text(project, built, source)
    changed = context_report.difference(keeping.newest(home.md_gen, project.name), text) if args.diff else ""
    place = _write(args.out, home, project, text, world)
    said = context_report.head(built, (text.head, text.branch), text.characters, each)
    if args.stats:
        said += context_report.stats(built, each)
    said += changed
    (world.stderr if args.out == "-" else world.stdout).write(f"{place}{said}")
    for line in built.skipped:
        world.stderr.write(f"skipped: {visible(line, keep='')}\n")
    for line in context_report.stepped(built):
        world.stderr.write(f"{line}\n")
    if built.trouble:
        world.stderr.write(f"! {visible(built.trouble)}\n")
    if built.items:
        return 0
    world.stderr.write("copilot context: no file matches.\n")
    return FAILED


def _count(
    args: argparse.Namespace,
    world: World,
    around: "Surroundings",
    home: "Home",
    project: Project,
    source: "ContextSource",
    built: "Aggregate",
) -> None:
    """Say what the provider counts. Raises ProviderError, and ConfigError where no provider was chosen."""
    from copilot.assembly.context_source import NOBODY
    from copilot.assembly.counting import count_context
    from copilot.context import aggregate

    if source.model is NOBODY:
        raise ConfigError("no provider was chosen, so nobody can count", "Add --provider with its name.")
    system = aggregate.prefix(
        project, aggregate.files_markdown(built.items), source.shell_note, built.instructions
    )
    tokens = count_context(
        around, home, project, source.model, without_keys(system, source.keys), lambda: False
    )
    out = world.stderr if args.out == "-" else world.stdout
    name = f"{source.model.provider} {source.model.model}"
    out.write(f"counted by {visible(name, keep='')}: {tokens:,} tokens, tools included\n")


def _asked(project: Project, patterns: Sequence[str], args: argparse.Namespace) -> Project:
    """The project with what this run says differently."""
    view = cast(View | None, args.view)
    files = tuple(FileChoice(pattern=pattern) for pattern in patterns) or project.files
    if view is not None:
        files = tuple(one if one.view == "off" else replace(one, view=view) for one in files)
    budget = args.budget or (UNBOUNDED if patterns else project.limits.max_context_tokens)
    return replace(project, files=files, limits=replace(project.limits, max_context_tokens=budget))


@mutable(kw_only=True)
class _Whole:
    """The whole as it would be sent: all pieces, made anew each time that it is gone through.

    `characters` are counted whenever that is done to the end.
    """

    head: str
    items: Sequence[FileItem]
    branch: str
    keys: tuple[str, ...]
    characters: int = 0

    def __iter__(self) -> Iterator[str]:
        from copilot.context.aggregate import files_pieces

        count = 0
        for piece in chain((self.head, "\n"), files_pieces(self.items), (self.branch,)):
            # the ways to write a key are not loaded for none
            text = without_keys(piece, self.keys) if self.keys else piece
            count += len(text)
            yield text
        self.characters = count


def _text(project: Project, built: "Aggregate", source: "ContextSource") -> _Whole:
    from copilot.context import aggregate

    branch = project.discussion.path(project.discussion.active)
    return _Whole(
        head=aggregate.prefix(project, "", source.shell_note, built.instructions),
        items=built.items,
        branch=aggregate.branch_markdown(branch),
        keys=source.keys,
    )


def _write(out: str | None, home: "Home", project: Project, text: _Whole, world: World) -> str:
    """Put the text where it was asked for; the line that says where. Raises StorageError."""
    from copilot.context import keeping

    if out == "-":
        _print(text, world.stdout)
        return ""
    path = world.cwd / out if out else keeping.keep(home.make().md_gen, project.name, text, world.clock())
    if out:
        keeping.write(path, text)
    return f"{visible(str(path), keep='')}\n"


def _print(text: _Whole, stream: TextIO) -> None:
    """The very bytes that a file would hold, whatever the terminal's encoding and line ends."""
    from copilot.context import keeping

    stream.flush()
    binary = getattr(stream, "buffer", None)
    for piece in keeping.encoded(text):
        if binary is None:
            stream.write(piece.decode())
        else:
            binary.write(piece)
