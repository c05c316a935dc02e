"""Pure text work for the window: hidden characters shown, long lines bounded, sizes in words."""

import re
from collections.abc import Iterator
from datetime import datetime

from copilot.vocabulary.text import visible

LINE_LIMIT = 2_000
"""Characters of one line shown outside an editable box; the renderer's cost follows characters."""

BODY_LIMIT = 60_000
"""Characters of one message shown in its card; *Copy* takes the whole."""


_PICTOGRAPH = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_COLOURED = re.compile(f"(?<=[{_PICTOGRAPH}])\ufe0f(?!\ufe0f)|(?<=[0-9#*])\ufe0f(?=\u20e3)")
_JOINED = re.compile(f"(?<=[{_PICTOGRAPH}])\u200d(?=[{_PICTOGRAPH}])")


def shown(text: str) -> str:
    """Text from outside as it may be shown: hidden characters visible, over-long lines cut."""
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    text = visible(text)
    if len(text) <= LINE_LIMIT:
        return text
    return "\n".join(bounded(line, LINE_LIMIT) for line in text.split("\n"))


def prose(text: str) -> str:
    """What a model wrote, hidden characters visible, but for those that only join or colour pictographs.

    Models write U+FE0F behind most symbols and U+200D within pictures of people. One of them between or
    behind pictographs says nothing here; more of them, or elsewhere, may hide something and are shown.
    """
    text = text.replace("\r\n", "\n")
    if "\ufe0f" in text or "\u200d" in text:
        text = _JOINED.sub("", _COLOURED.sub("", text))
    return visible(text)


def bounded(text: str, limit: int) -> str:
    """At most `limit` characters, with a mark saying how many were left out."""
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… [{len(text) - limit:,} more characters]"


def one_line(text: str, limit: int = 120) -> str:
    """Text for one row of a table: no line breaks, cut with an ellipsis."""
    flat = visible(" ".join(text.split()), keep="")
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def body(text: str) -> tuple[str, str]:
    """What of a long text is displayed, and a line saying what was left out (empty when nothing was)."""
    if len(text) <= BODY_LIMIT:
        return text, ""
    return text[
        :BODY_LIMIT
    ], f"The first {BODY_LIMIT:,} of {len(text):,} characters are shown; Copy takes all."


def hidden_lines(text: str, limit: int = 8) -> tuple[str, ...]:
    """The lines that hold characters which do not show, each with its number, as `visible` writes them."""
    found: list[str] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        seen = visible(line, keep="\t")
        if seen != line:
            found.append(f"{number}: {bounded(seen, 400)}")
    rest = len(found) - limit
    return tuple(found[:limit]) + ((f"and {rest} more lines",) if rest > 0 else ())


def long_lines(text: str, columns: int) -> tuple[int, ...]:
    """The numbers of the lines longer than `columns` characters."""
    lines = enumerate(text.split("\n"), start=1)
    return tuple(number for number, line in lines if len(line.expandtabs(4)) > columns)


def label(text: str) -> str:
    """Text as a widget's label: Dear PyGui hides what follows `##`."""
    return re.sub(r"##+", lambda m: "#\u200b" * len(m[0]), shown(text)) if "##" in text else shown(text)


def count(number: int) -> str:
    """A number for a tile: 950, 18.2k, 1.4M."""
    if number < 1_000:
        return str(number)
    if number < 999_950:
        return f"{number / 1_000:.1f}k"
    return f"{number / 1_000_000:.1f}M"


def path_ends(path: str) -> Iterator[str]:
    """A path in ever shorter forms: whole, then without its first folders, at last its name alone."""
    yield path
    parts = [part for part in re.split(r"[/\\]", path) if part]
    separator = "\\" if "\\" in path and "/" not in path else "/"
    for start in range(1, len(parts)):
        yield "…" + separator + separator.join(parts[start:])


def model_name(provider: str, model: str, between: str = "  ·  ") -> str:
    """Who answers, in one line; a model that is named as its provider is named once."""
    words = provider if model in ("", provider) else f"{provider}{between}{model}"
    return visible(words, keep="")


def model_names(provider: str, model: str, between: str = "  ·  ") -> tuple[str, ...]:
    """Who answers, in full and without who provides it."""
    whole = model_name(provider, model, between)
    return (whole, model_name(model, model)) if model else (whole,)


def plural(number: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(value: float) -> str:
    """A duration: 34 ms, 4.2 s, 3 min 5 s, 2 min."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s".replace(".0 s", " s")
    minutes, rest = int(value // 60), int(value % 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def clock_time(at: float, form: str = "%H:%M:%S") -> str:
    """UTC seconds as local time of day."""
    return datetime.fromtimestamp(at).strftime(form)


def told(words: str) -> str:
    """What an error says, as a sentence of its own: it begins with a capital, and names commands without the
    marks that a terminal has around them."""
    words = words.replace("`", "")
    return words[:1].upper() + words[1:]


def tail(text: str, limit: int) -> str:
    """The last `limit` characters, beginning at a line, with a mark when something was left out."""
    if len(text) <= limit:
        return text
    cut = text[-limit:]
    start = cut.find("\n") + 1
    return f"[{len(text) - limit + start:,} earlier characters not shown]\n{cut[start:]}"
