"""`copilot search`: full-text search over every discussion, script and tool result of all projects."""

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.progress import Progress
from copilot.cli.world import FAILED, World
from copilot.vocabulary.search_values import SEARCH_KINDS, SearchAsked, SearchHit
from copilot.vocabulary.text import visible

NAME = "search"
SUMMARY = "search every discussion, script and tool result of all projects"
ABOUT = """\
Print the newest places that have all the words. A word is found by its beginning, without regard to capitals
and accents; "words between quotes" stand beside each other; a word after a hyphen (-word) must not be there
(put -- before the first of those). What changed since the last search is read first.

examples:
  copilot search broken pipe
  copilot search --project shop --kind script pytest
  copilot search --since 7d '"rounding error"'
  copilot search --json -- timeout -retry
"""
_DEFAULT_LIMIT = 20


def since(text: str) -> str:
    """`2026-11-21`, `7d` or `12h`, for argparse."""
    if text[-1:] in ("d", "h") and text[:-1].isdecimal() and len(text) < 8:
        return text
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text} is no date (2026-11-21) and no time ago (7d, 12h)"
        ) from error
    return text


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is looked for, and where."""
    parser.add_argument("words", metavar="WORDS", nargs="+", help="what to look for")
    parser.add_argument("--project", metavar="NAME", default=argparse.SUPPRESS, help="in this project alone")
    parser.add_argument("--kind", choices=SEARCH_KINDS, help="of this kind alone")
    parser.add_argument("--since", type=since, metavar="WHEN", help="a date, or a time ago: 7d, 12h")
    parser.add_argument(
        "--limit", type=options.positive, default=_DEFAULT_LIMIT, metavar="N", help="at most so many (20)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object for each place")


def run(args: argparse.Namespace, world: World) -> int:
    """Print what was found; 1 where nothing was, or where the words cannot be looked for."""
    from copilot.assembly.keys_held import HeldKeys
    from copilot.assembly.searching import Searcher
    from copilot.cli.opening import home_of

    home = home_of(args, world)
    keys = HeldKeys(world.environ, home, world.vault)
    keys.find_noted()
    searcher = Searcher(home, keys)
    with Progress(world.stderr, "kB read") as progress:
        notices = searcher.refresh(lambda done, of: progress.tell(_kilobytes(done), _kilobytes(of)))
    for notice in notices:
        world.stderr.write(f"! {visible(notice)}\n")
    found = searcher.find(
        SearchAsked(
            words=" ".join(args.words),
            project=options.given(args, "project"),
            kind=args.kind,
            since=_seconds(args.since, world.clock()) if args.since else 0.0,
            limit=args.limit,
        )
    )
    searcher.close()
    if found.trouble:
        world.stderr.write(f"copilot search: {visible(found.trouble)}\n")
        return FAILED
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    for hit in found.hits:
        world.stdout.write(f"{_json(hit) if args.json else _lines(hit, paint)}\n")
    if found.more:
        world.stderr.write(f"There are more than these {len(found.hits):,}: --limit shows more.\n")
    if not found.hits:
        world.stderr.write("Nothing was found.\n")
    return 0 if found.hits else FAILED


def _kilobytes(size: int) -> int:
    return size // 1000


def _seconds(said: str, now: float) -> float:
    """The time that was said, in UTC seconds; a date is the person's own (local time)."""
    if said[-1:] in ("d", "h"):
        return now - int(said[:-1]) * (86_400 if said[-1] == "d" else 3_600)
    return datetime.fromisoformat(said).timestamp()


def _json(hit: SearchHit) -> str:
    return json.dumps(asdict(hit))


def _lines(hit: SearchHit, paint: Paint) -> str:
    """Where it is, and below it the line with what was looked for in bold."""
    when = datetime.fromtimestamp(hit.at).strftime("%Y-%m-%d %H:%M")
    where = [
        hit.project + (" (put away)" if hit.archived else ""),
        hit.branch,
        hit.message or Path(hit.path).name,
    ]
    head = " · ".join(visible(one, keep="") for one in where if one)
    line, at = "", 0
    for begin, end in hit.lit:
        line += hit.snippet[at:begin] + paint.bold(paint.yellow(hit.snippet[begin:end]))
        at = end
    title = visible(hit.title, keep="")
    return f"{paint.cyan(head)}  {paint.dim(f'{when}  {hit.kind}, {title}')}\n    {line}{hit.snippet[at:]}"
