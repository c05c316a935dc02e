"""The rows of the model chooser: whom one may choose, what is known of each. Nothing here draws."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from copilot.vocabulary.events import CommandFailed, ModelsListed
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice, ModelInfo


@frozen
class ModelRow:
    """One line: the choice that it makes, and what to say of it. `info` is None before anybody told."""

    choice: ModelChoice
    info: ModelInfo | None
    current: bool
    note: str = ""

    @property
    def usable(self) -> bool:
        """Whether it may be chosen: a retired model answers no more."""
        return self.info is None or self.info.lifecycle != "retired"


def sources_of(
    offers: Sequence[ModelChoice], local: Sequence[ModelChoice], current: ModelChoice
) -> tuple[ModelChoice, ...]:
    """Who is asked for a list: each service and address once."""
    return tuple({_place(choice): choice for choice in reversed((*offers, current, *local))}.values())[::-1]


def rows(
    sources: Iterable[ModelChoice],
    lists: Sequence[ModelsListed],
    failures: Sequence[CommandFailed],
    asked: Sequence[tuple[str, ModelChoice]],
    current: ModelChoice,
    search: str = "",
) -> tuple[ModelRow, ...]:
    """All models of all sources that hold each word of `search`; active ones before those that go.

    `asked` are the requests for lists by their ids: a source that has not answered has one row of its own.
    """
    found: list[ModelRow] = []
    for source in sources:
        listed = next((one for one in lists if (one.provider, one.base_url) == _place(source)), None)
        if listed is None:
            same = _same(source, current)
            found.append(
                ModelRow(choice=source, info=None, current=same, note=_waiting(source, failures, asked))
            )
            continue
        for info in listed.details or tuple(ModelInfo(name=name) for name in listed.models):
            choice = replace(source, model=info.name)
            found.append(
                ModelRow(choice=choice, info=info, current=_same(choice, current), note=info.lifecycle_words)
            )
    words = search.lower().split()
    fitting = (row for row in found if all(word in _told(row) for word in words))
    return tuple(sorted(fitting, key=lambda row: (not row.current, not row.usable)))


def window_words(info: ModelInfo | None) -> str:
    """The window, short: 1M, 200k, 8k; empty where nobody knows."""
    if info is None or info.window is None:
        return ""
    if info.window >= 1_000_000:
        return f"{info.window / 1_000_000:.3g}M"
    return f"{info.window / 1000:.3g}k"


def price_words(info: ModelInfo | None) -> str:
    """USD for a million tokens in and out; empty where nobody knows."""
    if info is None or info.input_price is None or info.output_price is None:
        return ""
    return f"${info.input_price:g} / ${info.output_price:g}"


def _waiting(
    source: ModelChoice, failures: Sequence[CommandFailed], asked: Sequence[tuple[str, ModelChoice]]
) -> str:
    ids = {request_id for request_id, choice in asked if _place(choice) == _place(source)}
    failed = next((one for one in reversed(failures) if one.request_id in ids), None)
    if failed is not None:
        return failed.message
    return "asking which models it has…" if ids else ""


def _place(choice: ModelChoice) -> tuple[str, str]:
    return choice.provider, choice.base_url


def _same(choice: ModelChoice, current: ModelChoice) -> bool:
    return (*_place(choice), choice.model) == (*_place(current), current.model)


def _told(row: ModelRow) -> str:
    return f"{row.choice.provider} {row.choice.base_url} {row.choice.model} {row.note}".lower()
