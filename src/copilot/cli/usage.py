"""`copilot usage`: tokens and money, by day, project, branch, model, turn or round."""

import argparse
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import World
from copilot.vocabulary.caps import CAP_SCOPES, Caps
from copilot.vocabulary.money import SCOPE_WORDS, money
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.projects.home import Home
    from copilot.record.ledger import Ledger
    from copilot.record.ledger_lines import Spent
    from copilot.record.usage_sums import By

NAME = "usage"
SUMMARY = "tokens and money that requests used, and what your caps leave"
ABOUT = """\
Print what requests used, of all programs that share this home. Days are yours (local time). Costs are sums by
the table of prices, or by your own under [prices] in config.toml. Turns and rounds are known of the newest
days; older days are kept as sums.

examples:
  copilot usage
  copilot usage --by project
  copilot usage --project shop --by turn
  copilot usage --by model --json
"""
_BY = ("day", "project", "branch", "model", "turn", "round")
_HEADS = ("requests", "input", "cached", "written", "output", "thinking", "cost")


def add_options(parser: argparse.ArgumentParser) -> None:
    """What is summed up, and in which form."""
    parser.add_argument("--project", metavar="NAME", default=argparse.SUPPRESS, help="of this project alone")
    parser.add_argument("--by", choices=_BY, default="day", help="a line for each of these (day)")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(args: argparse.Namespace, world: World) -> int:
    """Print the sums. Raises StorageError where the ledger cannot be read."""
    from copilot.cli.opening import home_of
    from copilot.projects.config import load_settings
    from copilot.record.ledger import Ledger
    from copilot.record.usage_sums import added, grouped

    home = home_of(args, world)
    settings, notices = load_settings(home)
    for notice in notices:
        world.stderr.write(f"! {visible(notice)}\n")
    ledger = Ledger(home.ledger)
    project = options.given(args, "project")
    found = [one for one in ledger.entries() if project is None or one.project == project]
    by: By = args.by
    rows = grouped(found, by)
    if args.json:
        for name, sum_ in rows:
            world.stdout.write(json.dumps(_told(by, name, sum_)) + "\n")
        return 0
    paint = paint_for(world.stdout, world.environ, no_color=options.given_flag(args, "no_color"))
    if not rows:
        world.stdout.write("Nothing was used yet.\n")
    else:
        world.stdout.write(_table(by, [*rows, ("in all", added(found))], paint))
    _notes(added(found), world)
    caps = settings.caps if project is None else settings.caps.lowered(_own_caps(home, project))
    _left(ledger, caps, project, world)
    return 0


def _told(by: "By", name: str, sum_: "Spent") -> dict[str, object]:
    names: dict[str, object] = {by: name}
    if by in ("branch", "turn", "round"):
        names = {"project": sum_.project, "branch": sum_.branch, "day": sum_.day, **names}
    usage = asdict(sum_.usage)
    usage["uncached_tokens"] = sum_.usage.input_tokens - sum_.usage.cache_read_tokens
    amounts = {"usd": sum_.usd, "open_usd": sum_.open_usd}
    return {
        **names,
        "requests": sum_.requests,
        **usage,
        **amounts,
        "unpriced": sum_.unpriced,
        "estimated": sum_.estimated,
    }


def _table(by: "By", rows: "list[tuple[str, Spent]]", paint: Paint) -> str:
    cells = [(by, *_HEADS), *((visible(name, keep=""), *_cells(sum_)) for name, sum_ in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines: list[str] = []
    for number, row in enumerate(cells):
        name, *rest = row
        padded = "  ".join(
            (name.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True)))
        )
        lines.append(paint.dim(padded) if not number else padded)
    return "\n".join(lines) + "\n"


def _cells(sum_: "Spent") -> tuple[str, ...]:
    """`input` is what was not read from a cache."""
    usage = sum_.usage
    counts = (
        sum_.requests,
        usage.input_tokens - usage.cache_read_tokens,
        usage.cache_read_tokens,
        usage.cache_write_tokens,
        usage.output_tokens,
        usage.thinking_tokens,
    )
    cost = "unknown" if sum_.requests and sum_.unpriced == sum_.requests else money(sum_.usd)
    return (*(f"{count:,}" for count in counts), cost)


def _notes(all_: "Spent", world: World) -> None:
    """What is not certain in the sums."""
    if all_.open_usd:
        world.stdout.write(
            f"Of the cost, {money(all_.open_usd)} is the most that requests without an end may have cost.\n"
        )
    if all_.estimated:
        world.stdout.write(f"Requests that broke off and are estimated: {all_.estimated:,}\n")
    if all_.unpriced:
        world.stdout.write(f"Requests of models without a known price, not in the cost: {all_.unpriced:,}\n")


def _own_caps(home: "Home", project: str) -> Caps:
    """A project's own caps; none where there is no such project, or its file cannot be read."""
    from copilot.projects.project_manager import load, path_of
    from copilot.vocabulary.errors import ProjectError, StorageError

    try:
        return load(path_of(home, project)).caps
    except (ProjectError, StorageError):
        return Caps()


def _left(ledger: "Ledger", caps: Caps, project: str | None, world: World) -> None:
    """What the caps leave."""
    sums = ledger.sums(world.clock(), project or "", "", "")
    for scope in CAP_SCOPES:
        cap = caps.of(scope)
        if cap is None or (scope == "project" and project is None):
            continue
        used = "" if scope == "turn" else f", {money(max(cap - sums[scope].usd, 0.0))} left"
        where = "in each turn" if scope == "turn" else SCOPE_WORDS[scope]
        world.stdout.write(f"Cap {where}: {money(cap)}{used}\n")
