"""What of a branch is sent: the plain cases. Properties over random branches are in test_ai_pruning."""

from dataclasses import replace

from branches import CUT, call, message, result, room, user, weight

from copilot.ai.history import LOST_RESULT, _strip_stale_file_refreshes, prepare, put_in_place, repair
from copilot.ai.pruning import STALE_REFRESH
from copilot.ai.weight import MESSAGE_TOKENS, Weights, bulk, told_of, weigh
from copilot.vocabulary.messages import (
    FileRefresh,
    Message,
    Summary,
    Text,
    Thinking,
    ToolCall,
    ToolResult,
)
from copilot.vocabulary.values import ModelChoice, ToolSpec

UNBOUNDED = 10**9


def exchange(number: int, output: str = "ok") -> list[Message]:
    """Four messages: a question, a call, its result, an answer."""
    return [
        user(number, f"question {number}"),
        message(number + 1, "assistant", call(f"c{number}")),
        message(number + 2, "tool", result(f"c{number}", output)),
        message(number + 3, "assistant", Text(text=f"answer {number}")),
    ]


def ids(messages: tuple[Message, ...]) -> list[str]:
    return [m.id for m in messages]


def test_the_newest_block_stays_and_older_ones_become_one_line() -> None:
    old = message(2, "tool", result("a"), FileRefresh(text="one"))
    new = message(4, "tool", result("b"), FileRefresh(text="two"))
    branch = [user(0, "x"), message(1, "assistant", call("a")), old, message(3, "assistant", call("b")), new]
    stripped = _strip_stale_file_refreshes(branch, keep_newest=True)
    assert stripped[2].parts == (result("a"), FileRefresh(text=STALE_REFRESH))
    assert stripped[4] is new
    gone = _strip_stale_file_refreshes(branch, keep_newest=False)
    assert gone[4].parts[-1] == FileRefresh(text=STALE_REFRESH)
    assert prepare(branch, room(UNBOUNDED)).stripped == 1


def test_only_outputs_of_earlier_turns_are_shortened_where_all_fits() -> None:
    long = "x" * 300
    branch = [*exchange(0, long), *exchange(4, long)[:3]]
    sent = prepare(branch, room(UNBOUNDED))
    assert sent.messages[2].results[0].output == (
        "x" * 75 + "\n[... 200 characters of old output left out ...]\n" + "x" * 25
    )
    assert sent.messages[6] is branch[6]
    assert (sent.shortened, sent.squeezed, sent.left_out) == (1, 0, ())


def test_a_lost_result_says_so() -> None:
    branch = [user(0, "a"), message(1, "assistant", call("a")), user(2, "b")]
    repaired = repair(branch)
    assert repaired[2].results == (
        ToolResult(call_id="a", name="read_file", output=LOST_RESULT, status="cancelled"),
    )
    assert repaired[3] is branch[2]


def test_the_oldest_exchange_leaves_first_and_is_named() -> None:
    branch = [*exchange(0), *exchange(4), user(8, "now")]
    whole = sum(map(weight, branch))
    sent = prepare(branch, room(whole - 1))
    assert ids(sent.messages) == ["m4", "m5", "m6", "m7", "m8"]
    assert sent.left_out == ("m0", "m1", "m2", "m3")
    assert sent.tokens == whole - sum(map(weight, branch[:4]))


def test_what_the_person_holds_leaves_last() -> None:
    branch = [*exchange(0), *exchange(4), user(8, "now")]
    whole = sum(map(weight, branch))
    assert prepare(branch, room(whole - 1, "m2")).left_out == ("m4", "m5", "m6", "m7")
    assert prepare(branch, room(weight(branch[-1]), "m2")).left_out == tuple(m.id for m in branch[:-1])


def test_a_long_turn_shortens_its_old_outputs_before_it_loses_rounds() -> None:
    long = "x" * 1000
    branch = [user(0, "go")]
    for n in range(1, 400, 2):
        branch += [message(n, "assistant", call(f"c{n}")), message(n + 1, "tool", result(f"c{n}", long))]
    whole = sum(map(weight, branch))
    sent = prepare(branch, room(whole - 1))
    assert (sent.squeezed, sent.left_out) == (1, ())
    assert len(sent.messages[2].results[0].output) < CUT + 100
    sent = prepare(branch, room(whole // 10))
    assert sent.squeezed == 199
    assert sent.left_out[:2] == ("m1", "m2")
    assert sent.messages[0] is branch[0]
    assert sent.messages[-1] is branch[-1], "the newest output is whole"


def test_the_newest_block_stays_although_its_round_leaves() -> None:
    block = FileRefresh(text="[FILES UPDATED]\n\nnew text")
    branch = [
        user(0, "go"),
        message(1, "assistant", call("a")),
        message(2, "tool", result("a", "x" * 90), block),
        message(3, "assistant", call("b")),
        message(4, "tool", result("b")),
    ]
    sent = prepare(branch, room(sum(map(weight, branch)) - 1))
    assert ids(sent.messages) == ["m0", "m3", "m4"]
    assert sent.messages[0].parts == (Text(text="go"), block)
    assert sent.tokens == sum(map(weight, sent.messages))


def test_a_summary_stands_where_what_it_covers_was() -> None:
    summary = message(8, "user", Summary(text="all of it", covers=("m0", "m1", "m2", "m3")))
    branch = [*exchange(0), *exchange(4), summary, user(9, "now")]
    sent = prepare(branch, room(UNBOUNDED))
    assert ids(sent.messages) == ["m8", "m4", "m5", "m6", "m7", "m9"]
    assert sent.left_out == ()
    smaller = prepare(branch, room(sent.tokens - 1))
    assert ids(smaller.messages) == ["m8", "m9"], "it leaves last"
    assert smaller.left_out == ("m4", "m5", "m6", "m7")
    assert ids(prepare(branch[:8], room(UNBOUNDED)).messages) == [f"m{n}" for n in range(8)]


def test_a_newer_summary_covers_an_older_one_with_all_that_it_stood_for() -> None:
    first = message(8, "user", Summary(text="one", covers=("m0", "m1", "m2", "m3")))
    second = message(9, "user", Summary(text="two", covers=("m8", "m4", "m5", "m6", "m7")))
    assert ids(put_in_place([*exchange(0), *exchange(4), first, second, user(10, "now")])) == ["m9", "m10"]


def test_a_summary_of_nothing_that_is_there_stays_where_it_is() -> None:
    odd = message(4, "user", Summary(text="odd", covers=("nobody", "m5", "m4")))
    assert ids(put_in_place([*exchange(0), odd, user(5, "now")])) == ["m0", "m1", "m2", "m3", "m4", "m5"]


def test_names_ids_arguments_and_what_a_provider_wants_back_are_weighed() -> None:
    asked = ToolCall(call_id="call_1", name="read_file", arguments={"path": "a.py", "deep": {"x": [1]}})
    told = bulk(message(0, "assistant", asked))
    for words in ("call_1", "read_file", '"path":"a.py"', '{"x":[1]}'):
        assert words in told
    assert "call_1 read_file ok" in bulk(message(1, "tool", result("call_1")))
    thought = message(2, "assistant", Thinking(text="hm", provider_data={"signature": "s" * 400}))
    plain = message(2, "assistant", Thinking(text="hm"))
    assert weigh(thought, len, "m") - weigh(plain, len, "m") == 104, "opaque data: four characters a token"
    assert weigh(thought, len, "another") == MESSAGE_TOKENS, "another model never gets it"
    tool = ToolSpec(name="read_file", description="Reads.", parameters={"type": "object"})
    assert told_of(tool) == 'read_file\nReads.\n{"type": "object"}'


def test_weights_are_those_of_each_message_as_it_is_now() -> None:
    model = ModelChoice(provider="rehearsal", model="m")
    factor = 1
    weights = Weights(model, lambda text: len(text) * factor)
    one = replace(message(1, "assistant", Text(text="said"), Thinking(text="thought")), model="other")
    own = replace(one, model="m")
    for tell in (one, own, replace(own), one):
        assert weights(tell) == weigh(tell, len, "m")
        assert weights.characters((tell,)) == len(bulk(tell))
        assert weights.characters((tell, one)) == len(bulk(tell)) + len(bulk(one))
    factor = 3  # what replies taught
    assert weights(one) == weigh(one, lambda text: len(text) * 3, "m")
