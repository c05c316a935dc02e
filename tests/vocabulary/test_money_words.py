"""Why a cache missed, in words."""

import pytest

from copilot.vocabulary.money import missed_words
from copilot.vocabulary.usage_events import CacheMissed, MissCause, SectionKind


@pytest.mark.parametrize(
    ("cause", "kind", "name", "why"),
    [
        ("changed", "files", "src/a.py", "src/a.py changed first"),
        ("changed", "files", "no files", "no file is sent any more"),
        ("changed", "files", "not shown", "the list of files that are not shown changed first"),
        ("changed", "tools", "look", "the tool look changed first"),
        ("changed", "system", "system prompt", "the system prompt changed first"),
        ("changed", "branch", "user", "a message of the discussion changed first"),
        ("expired", "", "", "nothing changed, but 12 minutes passed since the last request"),
        ("unknown", "", "", "nothing that was sent before changed"),
    ],
)
def test_a_missed_cache_says_why_and_what_it_cost(
    cause: MissCause, kind: SectionKind, name: str, why: str
) -> None:
    event = CacheMissed(
        at=0.0, worker="w", turn_id="t", branch="main", round=1, cause=cause, kind=kind, name=name,
        tokens=6_999, usd=0.019, idle_seconds=720.0,
    )  # fmt: skip
    assert missed_words(event) == f"cache missed: {why}; about 6,999 tokens, $0.019"
