"""Write the price table: `python bench/build_prices.py LITELLM_WHEEL [OUT]` (needs genai-prices).

Prices come from genai-prices (Pydantic, MIT), which keeps them with the dates from which they hold. Limits
and cache minimums come from the JSON file in litellm's wheel (MIT; `pip download --no-deps litellm`), whose
prices are compared with the first ones: each difference is printed, and genai-prices wins. Neither knows what
Gemini takes for keeping a cache; that is typed below from Google's page. Look at `git diff` before a commit.
"""

import datetime
import json
import re
import sys
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from genai_prices.data import providers
from genai_prices.types import ConditionalPrice, ModelInfo, ModelPrice, StartDateConstraint, TieredPrices

OUT = Path(__file__).parent.parent / "src" / "copilot" / "tokens" / "prices.toml"
LIMITS_FILE = "litellm/model_prices_and_context_window_backup.json"

WANTED = {
    "anthropic": ("anthropic", r"claude-(opus|sonnet|haiku|fable|mythos)-[4-9]"),
    "google": ("gemini", r"gemini-(2\.5|[3-9])"),
    "openai": ("openai", r"(gpt-(4\.1|4o|[5-9])|o[134])(?!\d)"),
}
"""The provider's name there, ours, and the models that can be talked to with text and tools."""

UNWANTED = (
    r":|\.ft-|image|tts|live|audio|embedding|robotics|realtime|transcribe|search|deep-research|extended|"
    r"rosalind"
)

FIELDS = {
    "input": ("input_mtok", "input_cost_per_token"),
    "cached": ("cache_read_mtok", "cache_read_input_token_cost"),
    "cache_write": ("cache_write_mtok", "cache_creation_input_token_cost"),
    "cache_write_1h": ("cache_write_1h_mtok", "cache_creation_input_token_cost_above_1hr"),
    "output": ("output_mtok", "output_cost_per_token"),
}
"""Our name of a price, genai-prices' and litellm's (dollars a token)."""

STORAGE = {"gemini-2.5-pro": "4.5"}
"""USD for keeping a million tokens for an hour, where a source was found (forum posts that quote
ai.google.dev/gemini-api/docs/pricing); of the others it is not known."""

DATED = r"-\d{8}$|-\d{4}-\d{2}-\d{2}$"


def main() -> None:
    """Read both sources and write the table."""
    wheel = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) > 2 else OUT
    limits = json.loads(zipfile.ZipFile(wheel).read(LIMITS_FILE))
    today = datetime.datetime.now(datetime.UTC).date()
    lines = [
        "# USD for a million tokens. Made by bench/build_prices.py: make it again instead of editing it.",
        f"made = {today}",
        "sources = [",
        f'    "genai-prices {version("genai-prices")} (PyPI): prices",',
        f'    "litellm {wheel.name.split("-")[1]} (PyPI): limits and cache minimums",',
        '    "ai.google.dev/gemini-api/docs/pricing, as quoted in forum posts: storage of caches",',
        "]",
    ]
    for provider in providers:
        ours, pattern = WANTED.get(provider.id, ("", "(?!)"))
        for model in provider.models:
            if re.match(pattern, model.id) and not re.search(UNWANTED, model.id):
                lines += model_lines(ours, model, limits, today)
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def model_lines(
    provider: str, model: ModelInfo, limits: dict[str, dict], today: datetime.date
) -> Iterator[str]:
    """One model: its names, its limits, and each of its prices that holds now or later."""
    known = limits.get(f"gemini/{model.id}" if provider == "gemini" else model.id, {})
    yield ""
    yield "[[model]]"
    yield f'provider = "{provider}"'
    yield f"names = {json.dumps(names(model))}"
    for name, value in (
        ("window", known.get("max_input_tokens") or model.context_window),
        ("max_output", known.get("max_output_tokens")),
        ("cache_minimum", known.get("prompt_cache_min_tokens")),
        ("storage", STORAGE.get(model.id)),
    ):
        if value is not None:
            yield f"{name} = {value if isinstance(value, str) else int(value)}"
    if not known:
        print(f"{model.id}: no limits known")
    prices = dated_prices(model)
    current = [entry for entry in prices if entry[0] is None or entry[0] <= today][-1]
    for since, price in prices[prices.index(current) :]:
        yield ""
        yield "[[model.price]]"
        if since is not None and since > today:
            yield f"since = {since}"
        yield from rate_lines(price)
    compare(model.id, current[1], known)


def names(model: ModelInfo) -> list[str]:
    """The model's name, then every other that stands for it; dated ones are known by their ending."""
    found = [model.id, *re.findall(r"equals='([^']+)'", str(model.match))]
    if re.fullmatch(r"claude-\w+-\d-0", model.id):
        found.append(model.id.removesuffix("-0"))
    if model.id.startswith("gpt-"):  # gpt-5-6-sol is how one reseller writes gpt-5.6-sol
        found = [name for name in found if not re.match(r"gpt-\d-\d", name)]
    useful = (name for name in found if not re.search(f"{DATED}|{UNWANTED}", name) or name == model.id)
    return list(dict.fromkeys(useful))


def dated_prices(model: ModelInfo) -> list[tuple[datetime.date | None, ModelPrice]]:
    """The model's prices with the day from which each holds."""
    if isinstance(model.prices, ModelPrice):
        return [(None, model.prices)]
    return [(first_day(entry), entry.prices) for entry in model.prices]


def first_day(entry: ConditionalPrice) -> datetime.date | None:
    """The day from which a price holds; None where it always did."""
    match entry.constraint:
        case None:
            return None
        case StartDateConstraint(start_date=day):
            return day
        case other:
            raise SystemExit(f"a price that depends on {other} has no place in the table")


def rate_lines(price: ModelPrice) -> Iterator[str]:
    """The base rates, and those above the threshold where there is one."""
    above: list[str] = []
    starts: set[int] = set()
    for name, (field, _) in FIELDS.items():
        value = getattr(price, field)
        if isinstance(value, TieredPrices):
            (tier,) = value.tiers
            starts.add(tier.start)
            above.append(f"{name} = {plain(tier.price)}")
            value = value.base
        elif value is not None:
            above.append(f"{name} = {plain(value)}")
        if value is not None:
            yield f"{name} = {plain(value)}"
    if starts:
        (start,) = starts
        yield f"above = {{ tokens = {start}, {', '.join(above)} }}"


def compare(name: str, price: ModelPrice, known: dict[str, float]) -> None:
    """Print where the two sources differ."""
    for ours, (field, theirs) in FIELDS.items():
        value = getattr(price, field)
        base = value.base if isinstance(value, TieredPrices) else value
        told = known.get(theirs)
        if known and (base is None) != (told is None):
            print(f"{name}: {ours} {base} here, {told} there")
        elif base is not None and told is not None and abs(float(base) - told * 1e6) > 1e-9:
            print(f"{name}: {ours} {base} here, {told * 1e6:g} there")


def plain(value: Decimal) -> str:
    """A number as TOML writes it."""
    return f"{value.normalize():f}"


if __name__ == "__main__":
    main()
