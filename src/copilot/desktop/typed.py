"""What a person types into a field of the settings, as a value, or why it is none."""

import math
from collections.abc import Callable
from urllib.parse import urlsplit

from copilot.projects.tables import no_kind
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.patterns import late
from copilot.vocabulary.values import RunTime

_KIND = late(r"\s*([^=]+?)\s*=\s*([0-9.]+)\s*s?\s*(?:,|$)")


LONGEST_SECONDS = 1_000_000.0
"""Of a time limit that is typed: more than eleven days."""


@frozen(kw_only=False)
class Wrong:
    """Why the words cannot be used."""

    why: str


def usd(words: str) -> float | Wrong | None:
    """An amount of money, 0 or more; None for no words: no cap."""
    said = words.strip().removeprefix("$").strip().replace(",", "")
    if not said:
        return None
    try:
        amount = float(said)
    except ValueError:
        return Wrong("Write an amount in USD such as 2.50, or nothing for no cap.")
    if not math.isfinite(amount) or amount < 0:
        return Wrong("An amount is 0 or more.")
    return amount


def tokens(words: str) -> int | Wrong:
    """A number of tokens, 1 or more; `120k` and `1M` are understood."""
    said = words.strip().replace(",", "").replace("_", "").replace(" ", "").lower()
    times = {"k": 1_000, "m": 1_000_000}.get(said[-1:], 1)
    try:
        count = float(said[:-1] if times > 1 else said) * times
    except ValueError:
        return Wrong("Write a number of tokens such as 120,000 or 120k.")
    if not math.isfinite(count) or count < 1 or count != int(count) or count > 1e9:
        return Wrong("A budget is a whole number of tokens from 1 on.")
    return int(count)


def whole(least: int, most: int = 1_000_000_000) -> Callable[[str], int | Wrong]:
    """Reads a whole number; no words stand for 0 where that is among them."""

    def read(words: str) -> int | Wrong:
        said = words.strip().replace(",", "").replace("_", "").replace(" ", "")
        if not said and least == 0:
            return 0
        if not (said.isascii() and said.isdigit()):
            return Wrong("Write a whole number" + (", or nothing for no limit." if least == 0 else "."))
        count = int(said[:20])
        return count if least <= count <= most else Wrong(f"A number from {least:,} to {most:,}.")

    return read


def above_zero(most: float, unit: str) -> Callable[[str], float | Wrong]:
    """Reads a number above 0."""

    def read(words: str) -> float | Wrong:
        try:
            amount = float(words.strip().replace(",", ""))
        except ValueError:
            return Wrong(f"Write a number of {unit}.")
        fits = math.isfinite(amount) and 0 < amount <= most
        return amount if fits else Wrong(f"A number of {unit} above 0, at most {most:,.0f}.")

    return read


def run_times(words: str) -> tuple[RunTime, ...] | Wrong:
    """Time limits for kinds of runs: `tests/** = 900, run_shell = 300`. Nothing for none."""
    found: dict[str, RunTime] = {}
    at = 0
    text = words.strip()
    while at < len(text):
        match = _KIND.match(text, at)
        if match is None:
            return Wrong("Write them like tests/** = 900, run_shell = 300.")
        kind = match[1]
        if reason := no_kind(kind):
            return Wrong(f"{kind}: {reason}.")
        seconds = above_zero(LONGEST_SECONDS, "seconds")(match[2])
        if isinstance(seconds, Wrong):
            return Wrong(f"{kind}: {seconds.why}")
        found[kind] = RunTime(kind=kind, seconds=seconds)
        at = match.end()
    return tuple(found[kind] for kind in sorted(found))


def run_times_words(times: tuple[RunTime, ...]) -> str:
    """Time limits as they are typed."""
    return ", ".join(f"{one.kind} = {one.seconds:g}" for one in times)


def address(words: str) -> str | Wrong:
    """The base URL of a service; "" for its own. A key is no part of an address."""
    said = words.strip()
    if not said:
        return ""
    try:
        parts = urlsplit(said)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return Wrong("This is no address.")
    if (
        parts.scheme not in ("http", "https")
        or not host
        or not said.isascii()
        or set(said) & set(" \t\"'<>\\")
    ):
        return Wrong("An address begins with https:// (or http:// for a server of your own).")
    if parts.username or parts.password or parts.query or parts.fragment:
        return Wrong("Leave out names, passwords and what follows ? or #: a key is entered above.")
    return said


def usd_words(amount: float | None) -> str:
    """An amount as it is typed: 2.50, 0.125; "" for none."""
    if amount is None:
        return ""
    return f"{amount:.2f}" if round(amount, 2) == amount else f"{amount:g}"


def address_note(url: str) -> str:
    """What a person should know of an address that can be used."""
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return "Without https, your key and what you write go there unencrypted."
    return ""
