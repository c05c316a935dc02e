"""A small log, damaged at each byte in turn: it is found, and what is whole before and after it comes."""

from pathlib import Path

import pytest
from test_log_chain import Read, comms, written

from copilot.vocabulary.events import Event

COUNT = 4


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Event], bytes]:
    folder = tmp_path_factory.mktemp("bytes")
    events = written(folder, COUNT)
    return folder, events, comms(folder).read_bytes()


def test_a_flipped_bit_of_any_byte_is_found_and_costs_its_record(
    small: tuple[Path, list[Event], bytes],
) -> None:
    folder, events, whole = small
    for at in range(len(whole)):
        line = whole[:at].count(b"\n")
        comms(folder).write_bytes(whole[:at] + bytes([whole[at] ^ (1 << at % 8)]) + whole[at + 1 :])
        read = Read(folder)
        assert not read.whole, at
        others = [event for number, event in enumerate(events) if number != line]
        assert [event for event in read.proven if event in others] == others, at


def test_any_byte_that_is_gone_is_found_and_every_whole_record_comes(
    small: tuple[Path, list[Event], bytes],
) -> None:
    """The record behind a line that cannot be read comes, and is proven where that line's link is there."""
    folder, events, whole = small
    for at in range(len(whole)):
        line, joined = whole[:at].count(b"\n"), whole[at] == ord("\n")
        comms(folder).write_bytes(whole[:at] + whole[at + 1 :])
        read = Read(folder)
        assert not read.whole, at
        others = [event for number, event in enumerate(events) if not line <= number <= line + joined]
        recovered = [event for record in read.records if (event := record.event())]
        assert [event for event in recovered if event in others] == others, at
        proven = [event for number, event in enumerate(events) if not line <= number <= line + 1 + joined]
        assert [event for event in read.proven if event in proven] == proven, at


def test_a_log_that_ends_at_any_byte_gives_every_whole_record(small: tuple[Path, list[Event], bytes]) -> None:
    folder, events, whole = small
    for end in range(len(whole)):
        comms(folder).write_bytes(whole[:end])
        read = Read(folder)
        assert not read.whole, end
        # A line is whole with its end; that only this is missing can be told of the last that was synced.
        ended = COUNT if end == len(whole) - 1 else whole[:end].count(b"\n")
        assert read.proven == events[:ended], end
