"""The whole command line: which subcommand with which options, and where each of them lives."""

import argparse
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol, cast

from copilot.cli.options import Parser, add_general, did_you_mean
from copilot.cli.world import FAILED, INTERRUPTED, World
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.text import visible

Run = Callable[[argparse.Namespace, World], int]

_ABOUT = """\
A desktop co-pilot for software work: you choose what the model sees, and read and may edit every script
before it runs.

examples:
  copilot                                    open the window
  copilot tour                               see it work, without a key and without a network
  copilot ask "Why does test_parse fail?"    ask about the folder you are in
  copilot doctor                             what works on this machine
"""
_CODES = """\
exit codes: 0 answered, 1 failed, 2 wrong usage, 3 something was rejected, 4 round limit,
5 a cap on spending, 130 interrupted
"""
_SUBCOMMANDS = (
    "window",
    "ask",
    "assistants",
    "context",
    "document",
    "history",
    "search",
    "export",
    "import",
    "replay",
    "compact",
    "usage",
    "changes",
    "undo",
    "redo",
    "restore",
    "tour",
    "models",
    "keys",
    "policy",
    "trust",
    "mcp",
    "serve",
    "connect",
    "config",
    "doctor",
    "completion",
    "rehearse",
)
"""Each the name of a module of this room too."""


class _Subcommand(Protocol):
    """What a subcommand's module has."""

    NAME: str
    SUMMARY: str
    ABOUT: str

    def add_options(self, parser: argparse.ArgumentParser) -> None: ...
    def run(self, args: argparse.Namespace, world: World) -> int: ...


def build(names: Sequence[str] = _SUBCOMMANDS) -> Parser:
    """The parser of these subcommands, whose modules are loaded. Without a subcommand the window opens.

    With one subcommand, only general options may come before it.
    """
    parser = Parser(prog="copilot", description=_ABOUT, epilog=_CODES)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    add_general(parser)
    if len(names) > 1:
        from copilot.cli import window

        window.add_options(parser)
        parser.set_defaults(run=window.run)
    subparsers = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", parser_class=Parser)
    for name in names:
        module = cast(_Subcommand, import_module(f"copilot.cli.{name}"))
        sub = subparsers.add_parser(module.NAME, help=module.SUMMARY, description=module.ABOUT, epilog=_CODES)
        add_general(sub)
        module.add_options(sub)
        sub.set_defaults(run=module.run, parser=sub)
    return parser


def run(argv: Sequence[str], world: World) -> int:
    """Do what `argv` says and return the exit code. Raises SystemExit for wrong usage and for help."""
    parser = build(_named(argv))
    first = parser.unknown_before_the_first_word(argv)
    if first:
        _refuse(parser, [first])
    args, extra = parser.parse_known_args(argv)
    if extra := _unplaced(args, extra):
        _refuse(cast(Parser, getattr(args, "parser", parser)), extra)
    if args.version:
        world.stdout.write(f"copilot {_version()}\n")
        return 0
    try:
        return cast(Run, args.run)(args, world)
    except KeyboardInterrupt:
        return INTERRUPTED
    except CopilotError as error:
        for note in getattr(error, "__notes__", ()):
            world.stderr.write(f"! {visible(note)}\n")
        world.stderr.write(f"copilot: {visible(str(error))}\n")
        if error.hint:
            world.stderr.write(f"  {visible(error.hint)}\n")
        return FAILED


def _named(argv: Sequence[str]) -> Sequence[str]:
    """The subcommand that follows the general options, so that only its module is loaded; else all.

    None for the version alone.
    """
    if list(argv) == ["--version"]:
        return ()
    words = iter(argv)
    for word in words:
        if word in _SUBCOMMANDS:
            return (word,)
        if word == "--home":
            next(words, None)
        elif word != "--no-color" and not word.startswith("--home="):
            break
    return _SUBCOMMANDS


def _unplaced(args: argparse.Namespace, extra: Sequence[str]) -> Sequence[str]:
    """What has no place. argparse gives an argument its words up to an option; what follows is more of it."""
    parser = cast("Parser | None", getattr(args, "parser", None))
    rest = parser.takes_all_words() if parser is not None else ""
    if not rest or any(word.startswith("-") and word != "-" for word in extra):
        return extra
    setattr(args, rest, [*getattr(args, rest), *extra])
    return ()


def _refuse(parser: Parser, extra: Sequence[str]) -> None:
    unknown = next((word for word in extra if word.startswith("-")), extra[0])
    name = unknown.partition("=")[0]
    guess = did_you_mean(name, parser.option_names())
    parser.error(f"there is no {'option' if name.startswith('-') else 'word'} {name!r} here{guess}")


def _version() -> str:
    from copilot.vocabulary.release import program_version

    return program_version()
