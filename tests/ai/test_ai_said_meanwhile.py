"""What was typed while a turn ran is part of it: nothing before it becomes old, and it never leaves."""

from dataclasses import replace

import pytest
from branches import CUT, SLICE, branches, broken_rules, call, message, result, room, user, weight
from hypothesis import assume, given
from hypothesis import strategies as st

from copilot.ai.history import prepare
from copilot.ai.pruning import STALE_REFRESH
from copilot.vocabulary.errors import ContextTooLongError
from copilot.vocabulary.messages import FileRefresh, Message, Summary, Text

BLOCK = FileRefresh(text="[FILES UPDATED]\n\na.py is new")
LONG = "o" * (3 * CUT)


def turn() -> list[Message]:
    """A turn that read and changed a file, and in the middle of which the person said something."""
    return [
        user(0, "earlier"),
        message(1, "assistant", Text(text="yes")),
        user(2, "mend it"),
        message(3, "assistant", call("c1")),
        message(4, "tool", result("c1", LONG), BLOCK),
        user(5, "and the tests"),
    ]


def test_files_and_outputs_of_the_turn_stay_as_they_are() -> None:
    whole = turn()
    sent = prepare(whole, replace(room(10**9), since="m2"))
    assert list(sent.messages) == whole
    assert (sent.shortened, sent.stripped) == (0, 0)
    later = prepare(whole, room(10**9))  # the same branch, where that turn was stopped: all of it is old
    assert later.messages[4].parts[1] == FileRefresh(text=STALE_REFRESH)
    assert later.shortened == 1


def test_what_the_person_said_stays_when_the_turns_rounds_leave() -> None:
    whole = [*turn(), message(6, "assistant", call("c2")), message(7, "tool", result("c2", LONG))]
    least = weight(replace(whole[2], parts=(*whole[2].parts, BLOCK))) + weight(whole[5])
    newest = weight(whole[6]) + weight(whole[7])
    sent = prepare(whole, replace(room(least + newest), since="m2"))
    assert [m.id for m in sent.messages] == ["m2", "m5", "m6", "m7"]
    assert BLOCK in sent.messages[0].parts  # its round left; the files are told with what was asked
    with pytest.raises(ContextTooLongError):
        prepare(whole, replace(room(least - 1), since="m2"))


@SLICE
@given(branches(), st.data(), st.integers(0, 3000))
def test_of_any_branch_what_is_sent_is_legal_and_holds_all_that_was_said_since(
    whole: list[Message], data: st.DataObject, limit: int
) -> None:
    covered = {name for m in whole for p in m.parts if isinstance(p, Summary) for name in p.covers}
    asked = [m for m in whole if m.role == "user" and not any(isinstance(p, Summary) for p in m.parts)]
    asked = [m for m in asked if m.id not in covered]
    assume(asked)
    since = data.draw(st.sampled_from(asked))
    try:
        sent = prepare(whole, replace(room(limit), since=since.id))
    except ContextTooLongError:
        return
    assert sent.tokens <= limit
    assert list(broken_rules(sent.messages)) == []
    ids = {m.id for m in sent.messages}
    assert {m.id for m in asked[asked.index(since) :]} <= ids
