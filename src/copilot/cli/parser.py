"""The whole command line: which subcommand with which options, and where each of them lives."""

import argparse
from collections.abc import Callable, Sequence
from typing import cast

from copilot.cli import ask, context, doctor, rehearse, tour, window
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
exit codes: 0 answered, 1 failed, 2 wrong usage, 3 something was rejected, 4 round limit, 130 interrupted
"""
_SUBCOMMANDS = (window, ask, context, tour, doctor, rehearse)


def build() -> Parser:
    """The parser of the whole program. Without a subcommand the window opens."""
    parser = Parser(prog="copilot", description=_ABOUT, epilog=_CODES)
    parser.add_argument("--version", action="store_true", help="print the version and exit")
    add_general(parser)
    window.add_options(parser)
    parser.set_defaults(run=window.run)
    subparsers = parser.add_subparsers(title="subcommands", metavar="SUBCOMMAND", parser_class=Parser)
    for module in _SUBCOMMANDS:
        sub = subparsers.add_parser(module.NAME, help=module.SUMMARY, description=module.ABOUT, epilog=_CODES)
        add_general(sub)
        module.add_options(sub)
        sub.set_defaults(run=module.run, parser=sub)
    return parser


def run(argv: Sequence[str], world: World) -> int:
    """Do what `argv` says and return the exit code. Raises SystemExit for wrong usage and for help."""
    parser = build()
    first = parser.unknown_before_the_first_word(argv)
    if first:
        _refuse(parser, [first])
    args, extra = parser.parse_known_args(argv)
    if extra:
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


def _refuse(parser: Parser, extra: Sequence[str]) -> None:
    unknown = next((word for word in extra if word.startswith("-")), extra[0])
    name = unknown.partition("=")[0]
    guess = did_you_mean(name, parser.option_names())
    parser.error(f"there is no {'option' if name.startswith('-') else 'word'} {name!r} here{guess}")


def _version() -> str:
    from importlib.metadata import version

    return version("copilot")
