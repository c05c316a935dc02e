"""What texts count is known again, as long as there is room for it."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from copilot.tokens.counted import Counted

HASHES = st.integers(min_value=-(2**63), max_value=2**63 - 1)


@given(st.dictionaries(HASHES, st.floats(min_value=0, allow_nan=False, allow_infinity=False)), HASHES)
def test_what_was_put_is_found_and_nothing_else(texts: dict[int, float], other: int) -> None:
    counted = Counted()
    for key, pieces in texts.items():
        counted.put(key, pieces)
    assert {key: counted.get(key) for key in (*texts, other)} == {other: None} | texts


def test_beyond_its_room_all_is_counted_anew() -> None:
    counted = Counted(most=3)
    for key in (5, 3, 4, 4, 9):
        counted.put(key, key / 4)
    assert [counted.get(key) for key in (3, 4, 5, 9)] == [None, None, None, 2.25]


def test_a_text_takes_sixteen_bytes() -> None:
    counted = Counted()
    for key in range(10_000):
        counted.put(key * 7919, 1.5)
    rows = (counted._keys, counted._pieces)  # pyright: ignore[reportPrivateUsage]
    assert sum(map(sys.getsizeof, rows)) < 20 * 10_000
