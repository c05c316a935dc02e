"""The options that several subcommands share, and a parser that guesses what was meant."""

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from copilot.vocabulary.patterns import late
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import PROVIDER_NAMES

_INVALID_CHOICE = late(r"invalid choice: '(?P<given>[^']*)'")


class _Help(argparse.RawDescriptionHelpFormatter):
    """Asks for the terminal's width itself: argparse loads `shutil` with its archives to ask."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)


def _columns() -> int:
    """As `shutil.get_terminal_size` has it, less what it takes to load that."""
    with suppress(KeyError, ValueError):
        return int(os.environ["COLUMNS"]) or 80
    with suppress(AttributeError, ValueError, OSError):
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    return 80


class Parser(argparse.ArgumentParser):
    """argparse with "did you mean", exact option names, and help that keeps its line breaks."""

    def __init__(self, **settings: object) -> None:
        settings.setdefault("formatter_class", _Help)
        settings.setdefault("allow_abbrev", False)
        super().__init__(**settings)  # type: ignore[arg-type]
        self._positionals.title = "arguments"

    def format_help(self) -> str:
        """Examples first, then how it is called and what it does, then every option."""
        about, mark, examples = (self.description or "").partition("\nexamples:\n")
        if not mark:
            return super().format_help()
        examples, _, more = examples.partition("\n\n")
        words = " ".join(_word(action) for action in self._actions if not action.option_strings)
        plain = self.usage, self.description
        self.usage, self.description = f"%(prog)s [options] {words}".rstrip(), f"{about}\n{more}".rstrip()
        try:
            return f"examples:\n{examples.rstrip()}\n\n{super().format_help()}"
        finally:
            self.usage, self.description = plain

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and what was perhaps meant, on standard error; exit code 2."""
        found = _INVALID_CHOICE.search(message)
        if found is not None and "maybe you meant" not in message:
            message += did_you_mean(found["given"], self.choices())
        self.exit(2, f"{self.prog}: {visible(message)}\nTry: {self.prog} --help\n")

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """What stands behind `--` belongs to the argument that takes any number of words, dashes and all."""
        rest, into = self.takes_all_words(), namespace or argparse.Namespace()
        if not rest or args is None or "--" not in args:
            return super().parse_known_args(args, into)
        at = list(args).index("--")
        found, extra = super().parse_known_args(args[:at], into)
        setattr(found, rest, [*getattr(found, rest), *args[at + 1 :]])
        return found, extra

    def choices(self) -> tuple[str, ...]:
        """Every word that one of this parser's arguments accepts."""
        words: list[str] = []
        for action in self._actions:
            words.extend(str(choice) for choice in action.choices or ())
        return tuple(words)

    def unknown_before_the_first_word(self, argv: Sequence[str]) -> str:
        """The first option that is not one of ours, looked for up to the subcommand; empty where all are.

        Without this an unknown option's value would be taken for the subcommand, and blamed.
        """
        known = {name: action for action in self._actions for name in action.option_strings}
        words = iter(argv)
        for word in words:
            name, has_value, _ = word.partition("=")
            if not name.startswith("--") or name == "--":
                return ""
            if name not in known:
                return word
            if known[name].nargs is None and not has_value:
                next(words, None)
        return ""

    def takes_all_words(self) -> str:
        """The argument that any number of words belong to; empty where there is none."""
        taking = (a for a in self._actions if not a.option_strings and a.nargs == "*")
        return next((action.dest for action in taking), "")

    def option_names(self) -> tuple[str, ...]:
        """Every option of this parser, dashes included."""
        return tuple(name for action in self._actions for name in action.option_strings)


def _word(action: argparse.Action) -> str:
    """How an argument stands in the usage line: in brackets where it may be left out."""
    name = action.metavar if isinstance(action.metavar, str) else action.dest
    more = f"{name} ..." if action.nargs in ("*", "+", argparse.REMAINDER) else name
    needed = action.nargs in (None, "+", argparse.PARSER)
    return more if needed and action.required else f"[{more}]"


def did_you_mean(given: str, known: Sequence[str]) -> str:
    """`. Did you mean X?` for the nearest known word, or nothing."""
    import difflib

    near = difflib.get_close_matches(given, known, n=1, cutoff=0.6)
    return f". Did you mean {near[0]}?" if near else ""


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 on")
    return number


positive.__name__ = "whole number"


def usd(text: str) -> float:
    """An amount of money from 0 on, for argparse."""
    amount = float(text)
    if not 0 <= amount < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no amount of US dollars")
    return amount


usd.__name__ = "amount"


def folder(text: str) -> Path:
    """A folder that was named, for argparse; an empty word would mean the current one."""
    if not text:
        raise argparse.ArgumentTypeError("an empty word names no folder")
    return Path(text)


def port(text: str) -> int:
    """A TCP port, 0 for any free one, for argparse."""
    number = int(text)
    if not 0 <= number <= 65_535:
        raise argparse.ArgumentTypeError(f"{text} is not a port (0 to 65535)")
    return number


def add_general(parser: argparse.ArgumentParser) -> None:
    """`--home` and `--no-color`, which stand before or after the subcommand."""
    parser.add_argument(
        "--home", type=folder, metavar="DIR", default=argparse.SUPPRESS, help="keep everything in this folder"
    )
    parser.add_argument(
        "--no-color",
        action="store_true",
        default=argparse.SUPPRESS,
        help="no colours (NO_COLOR does the same)",
    )


def add_project(parser: argparse.ArgumentParser) -> None:
    """Which project: by name or by folder."""
    group = parser.add_argument_group("project")
    group.add_argument(
        "--base-dir",
        type=folder,
        metavar="DIR",
        default=argparse.SUPPRESS,
        help="work on this folder, in the project that belongs to it",
    )
    group.add_argument(
        "--project",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="open the project of this name, or make it; --base-dir beside it says where it is from now on",
    )


def add_prompt(parser: argparse.ArgumentParser, attach: str) -> None:
    """What is asked, and `--attach`, whose help is `attach`."""
    parser.add_argument(
        "prompt", nargs="*", metavar="PROMPT", help="what to ask; - stands for standard input"
    )
    parser.add_argument("--attach", action="append", default=[], type=Path, metavar="FILE", help=attach)


def add_model(parser: argparse.ArgumentParser) -> None:
    """Which model answers; each goes before the environment and config.toml."""
    group = parser.add_argument_group("model")
    group.add_argument(
        "--provider",
        choices=PROVIDER_NAMES,
        default=argparse.SUPPRESS,
        help="who answers: " + ", ".join(PROVIDER_NAMES),
        metavar="NAME",
    )
    group.add_argument("--model", metavar="NAME", default=argparse.SUPPRESS, help="the model's name")
    group.add_argument(
        "--base-url", metavar="URL", default=argparse.SUPPRESS, help="where the provider's service is"
    )
    group.add_argument(
        "--api-version", metavar="V", default=argparse.SUPPRESS, help="the service's API version (gemini)"
    )


def given(args: argparse.Namespace, name: str) -> str | None:
    """A shared text option, None where it was not given."""
    value: object = getattr(args, name, None)
    return value if isinstance(value, str) else None


def given_path(args: argparse.Namespace, name: str) -> Path | None:
    """A shared folder option, None where it was not given."""
    value: object = getattr(args, name, None)
    return value if isinstance(value, Path) else None


def given_flag(args: argparse.Namespace, name: str) -> bool:
    """A shared switch, False where it was not given."""
    return bool(getattr(args, name, False))
