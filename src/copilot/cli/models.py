"""`copilot models`: which models there are, how much they read, what they cost."""

import argparse
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from copilot.cli import options
from copilot.cli.paint import Paint, paint_for
from copilot.cli.world import FAILED, World
from copilot.vocabulary.text import visible
from copilot.vocabulary.values import ModelChoice, ModelInfo

if TYPE_CHECKING:
    from copilot.assembly.keys_held import HeldKeys
    from copilot.assembly.models import Listed
    from copilot.projects.settings import Settings
    from copilot.tokens.charging import Charging

NAME = "models"
SUMMARY = "list the models of the providers you have keys for, and of local servers"
ABOUT = """\
List models: of each provider that there is a key for, and of the model servers that answer on this machine.
Windows and limits are in tokens, prices in USD for a million of them. * marks the model that answers now.

examples:
  copilot models
  copilot models --provider anthropic
  copilot models --provider compatible --base-url http://127.0.0.1:1234/v1
  copilot models --json
"""
_HEADS = ("model", "window", "output", "in", "out")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Which service is asked, and in which form the answer comes."""
    options.add_model(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object for each model")


def run(args: argparse.Namespace, world: World) -> int:
    """Print the lists; 1 where no service could be asked."""
    from copilot.assembly.choice import next_step
    from copilot.assembly.keys_held import HeldKeys
    from copilot.assembly.models import list_models
    from copilot.cli.opening import home_of
    from copilot.projects.config import load_settings
    from copilot.tokens.charging import Charging

    home = home_of(args, world)
    settings, notices = load_settings(home)
    for notice in notices:
        world.stderr.write(f"! {visible(notice)}\n")
    keys, charging = HeldKeys(world.environ, home, world.vault), Charging(settings.prices)
    today = datetime.fromtimestamp(world.clock(), UTC).date()
    current = _current(args, world, settings)
    sources = _sources(args, world, settings, keys, current)
    if not sources:
        raise next_step(keys.get)
    found = list_models(sources, keys, charging, today)
    err = paint_for(world.stderr, world.environ, no_color=options.given_flag(args, "no_color"))
    for listed in found:
        if args.json:
            _print_json(listed, current, world)
        else:
            _print_table(listed, current, world, options.given_flag(args, "no_color"))
        if listed.trouble is not None:
            world.stderr.write(err.red(f"Failed: {visible(str(listed.trouble))}") + "\n")
            world.stderr.write(f"  {visible(listed.trouble.hint)}\n" if listed.trouble.hint else "")
    if not args.json and any(model.input_price is not None for one in found for model in one.models):
        world.stderr.write(err.dim(_dated(charging, today)) + "\n")
    return FAILED if all(listed.trouble is not None for listed in found) else 0


def _current(args: argparse.Namespace, world: World, settings: "Settings") -> ModelChoice | None:
    from copilot.assembly.choice import Flags, choose_model

    flags = Flags(
        provider=options.given(args, "provider") or "",
        model=options.given(args, "model") or "",
        base_url=options.given(args, "base_url") or "",
        api_version=options.given(args, "api_version") or "",
    )
    return choose_model(flags, world.environ, settings)


def _sources(
    args: argparse.Namespace,
    world: World,
    settings: "Settings",
    keys: "HeldKeys",
    current: ModelChoice | None,
) -> tuple[ModelChoice, ...]:
    """Who is asked: the named provider alone, else every one with a key, the chosen one and local servers."""
    from copilot.assembly.models import keyed
    from copilot.cli.local_servers import local_choices

    if current is not None and options.given(args, "provider") is not None:
        return (current,)
    keys.look()
    chosen = () if current is None else (current,)
    known = (*keyed(settings, keys, world.environ), *chosen, *local_choices())
    return tuple({(choice.provider, choice.base_url): choice for choice in reversed(known)}.values())[::-1]


def _is_current(model: ModelInfo, source: ModelChoice, current: ModelChoice | None) -> bool:
    return current is not None and (current.provider, current.base_url, current.model) == (
        source.provider,
        source.base_url,
        model.name,
    )


def _print_json(listed: "Listed", current: ModelChoice | None, world: World) -> None:
    for model in listed.models:
        told = {
            "provider": listed.source.provider,
            "base_url": listed.source.base_url,
            "name": model.name,
            "window": model.window,
            "max_output": model.max_output,
            "input_price": model.input_price,
            "output_price": model.output_price,
            "lifecycle": model.lifecycle,
            "retires": model.retires,
            "current": _is_current(model, listed.source, current),
        }
        world.stdout.write(json.dumps(told) + "\n")


def _print_table(listed: "Listed", current: ModelChoice | None, world: World, no_color: bool) -> None:
    paint = paint_for(world.stdout, world.environ, no_color=no_color)
    source = listed.source
    where = f" at {source.base_url}" if source.base_url else ""
    world.stdout.write(paint.bold(visible(f"{source.provider}{where}", keep="")) + "\n")
    if not listed.models:
        if listed.trouble is None:
            world.stdout.write(paint.dim("  it lists no model") + "\n")
        return
    models = sorted(listed.models, key=lambda model: model.lifecycle == "retired")
    rows = [_cells(model) for model in models]
    widths = [max(len(row[n]) for row in (_HEADS, *rows)) for n in range(len(_HEADS))]
    world.stdout.write(paint.dim("  " + _line(_HEADS, widths)) + "\n")
    for model, row in zip(models, rows, strict=True):
        mark = paint.green("* ") if _is_current(model, source, current) else "  "
        world.stdout.write(mark + _line(row, widths) + _note(model, paint) + "\n")


def _cells(model: ModelInfo) -> tuple[str, ...]:
    return (
        visible(model.name, keep=""),
        "" if model.window is None else f"{model.window:,}",
        "" if model.max_output is None else f"{model.max_output:,}",
        "" if model.input_price is None else f"${model.input_price:g}",
        "" if model.output_price is None else f"${model.output_price:g}",
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    rest = (cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join((cells[0].ljust(widths[0]), *rest)).rstrip()


def _note(model: ModelInfo, paint: Paint) -> str:
    words = model.lifecycle_words
    return "" if not words else "  " + (paint.red if model.lifecycle == "retired" else paint.yellow)(words)


def _dated(charging: "Charging", today: date) -> str:
    old = " They may have changed since." if charging.old_since(today) else ""
    return f"Prices are those of {charging.table().made}.{old}"
