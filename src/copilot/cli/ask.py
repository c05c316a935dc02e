"""`copilot ask`: one turn in the terminal."""

import argparse
from typing import TextIO

from copilot.cli import ask_rules, options
from copilot.cli.world import USAGE, World
from copilot.vocabulary.text import clean

FORMATS = ("text", "json", "stream-json")
NAME = "ask"
SUMMARY = "ask one thing, here in the terminal"
ABOUT = """\
Ask one thing about a folder. The answer goes to standard output, everything else to standard error.
Scripts are shown and you are asked before they run; without a terminal they are rejected. @PATH in the
question sends that file, or the files of that folder, whole.

examples:
  copilot ask "Why does test_parse fail?"
  copilot ask "What does @src/parser.py do with tabs?"
  copilot ask --base-dir ~/work/shop --provider anthropic "Where is the price rounded?"
  git diff | copilot ask "Review this change." -
  copilot ask --continue "And in the other file?"
  copilot ask --attach screenshot.png --attach report.pdf "Do these agree?"
  copilot ask --allow "python -m pytest" --deny 'paths = "migrations/**"' "Make the tests pass."
  copilot ask --output-format json --max-cost 0.50 --max-rounds 20 "What changed since Monday?" </dev/null
  copilot ask --provider rehearsal "Try it without a key."
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `ask`."""
    options.add_prompt(
        parser, "send an image (PNG, JPEG, GIF, WebP) or a PDF with it; may be given several times"
    )
    group = parser.add_argument_group("discussion")
    group.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="go on where the newest discussion stands; without a PROMPT have the rest of the newest answer "
        "that was cut off, or of a turn that was killed",
    )
    group.add_argument(
        "--branch", default="", metavar="NAME", help="ask on this branch, which is begun where there is none"
    )
    options.add_project(parser)
    options.add_model(parser)
    _add_turn(parser)
    ask_rules.add_options(parser)
    group = parser.add_argument_group("output")
    group.add_argument(
        "--output-format",
        choices=FORMATS,
        default="text",
        help="text; json: one document at the end; stream-json: each event as it comes (docs/ask.md)",
    )
    group.add_argument(
        "--json",
        dest="output_format",
        action="store_const",
        const="stream-json",
        help="the same as --output-format stream-json",
    )
    group.add_argument(
        "--verbose", "-v", action="store_true", help="tell thinking, and tokens and cost round by round"
    )


def _add_turn(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("turn")
    group.add_argument(
        "--approve",
        choices=("all", "none"),
        help="all: approve every script and change without asking, save secret files and protected paths; "
        "none: reject them all",
    )
    group.add_argument(
        "--unconfined",
        action="store_true",
        help="with --approve all: run scripts also where they cannot be confined to the project",
    )
    group.add_argument(
        "--dry-run", action="store_true", help="show what would be changed and run, and do none of it"
    )
    group.add_argument(
        "--max-rounds",
        type=options.positive,
        metavar="N",
        help="requests to the model at most (10); reaching it is exit code 4",
    )
    group.add_argument(
        "--max-cost",
        type=options.usd,
        metavar="USD",
        help="a request that may pass this asks you, and is not sent where nobody is there: exit code 5",
    )


def run(args: argparse.Namespace, world: World) -> int:
    """Ask, and return the exit code that the turn's end calls for."""
    words: list[str] = args.prompt
    piped = "-" in words or not (words or args.go_on)
    prompt = _prompt(words, world.stdin) if piped or words else ""
    if not (prompt.strip() or (args.go_on and not words)):
        world.stderr.write('copilot ask: nothing was asked. Try: copilot ask "Why does test_parse fail?"\n')
        return USAGE
    from copilot.cli import ask_run

    return ask_run.run(args, world, prompt, piped=piped)


def _prompt(words: list[str], stdin: TextIO) -> str:
    """The words joined, `-` replaced by standard input; standard input alone where there are no words."""
    if not words:
        return "" if stdin.isatty() else clean(stdin.read())
    if "-" not in words:
        return clean(" ".join(words))
    piped = stdin.read()
    before = " ".join(word for word in words if word != "-")
    return clean(f"{before}\n\n{piped}" if before else piped)
