"""What a summary covers, and what the model is told to make one."""

import json
from collections.abc import Iterator

import pytest
from branches import call, message, result, user

from copilot.ai.compact import SUMMARY_PROMPT, drafted, summary_message, to_sum_up
from copilot.providers.base import Chunk, Done, Patience, Request, StopReason
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.codec import decode_command, decode_event, encode_command, encode_event
from copilot.vocabulary.commands import Command, CompactBranch, KeepCompact, PutBack, Release
from copilot.vocabulary.errors import BadResponseError, ProjectError, RefusedError
from copilot.vocabulary.events import CompactDrafted, Event, HistoryPruned, MessageKept
from copilot.vocabulary.messages import Branch, Discussion, FileRefresh, Message, Summary, Text, Thinking
from copilot.vocabulary.values import ModelChoice, Project, Usage

MODEL = ModelChoice(provider="anthropic", model="m")
PATH = [
    user(0, "one"),
    message(1, "assistant", Thinking(text="secret thought"), call("a")),
    message(2, "tool", result("a", "long " * 100), FileRefresh(text="[FILES UPDATED]\n\nwhole file")),
    message(3, "assistant", Text(text="done")),
    user(4, "two"),
    message(5, "assistant", Text(text="yes")),
    user(6, "three"),
    message(7, "assistant", Text(text="no")),
]


class Model:
    """Answers with the texts in turn, and remembers what it was asked."""

    def __init__(self, *texts: str, stop: StopReason = "end") -> None:
        self.asked: list[Request] = []
        self._texts = iter(texts)
        self._stop: StopReason = stop

    def ask(self, request: Request) -> Iterator[Chunk]:
        self.asked.append(request)
        parts = (Text(text=next(self._texts)),)
        yield Done(parts=parts, stop=self._stop, detail="", usage=Usage(input_tokens=10, output_tokens=2))


def draft(model: Model, limit: int = 10**6) -> tuple[str, Usage]:
    return drafted(PATH[:4], MODEL, model.ask, limit, 100, len, Patience())


def ids(messages: tuple[Message, ...]) -> list[str]:
    return [m.id for m in messages]


def test_what_is_left_out_is_summed_up_else_all_before_the_last_exchange() -> None:
    assert ids(to_sum_up(PATH, ("m0", "m1", "m2", "m3"), ())) == ["m0", "m1", "m2", "m3"]
    assert ids(to_sum_up(PATH, (), ())) == ["m0", "m1", "m2", "m3", "m4", "m5"]
    assert ids(to_sum_up(PATH, (), ("m4", "m5"))) == ["m0", "m1", "m2", "m3"]
    assert ids(to_sum_up(PATH, ("m0", "m4", "m5"), ("m4", "m5"))) == ["m0"], "held, though it has no room"
    with pytest.raises(ProjectError, match="nothing to sum up"):
        to_sum_up(PATH[:4], (), ())


def test_an_older_summary_is_summed_up_again_but_never_alone() -> None:
    older = message(8, "user", Summary(text="old", covers=("m0", "m1", "m2", "m3")))
    path = [*PATH, older, user(9, "four")]
    assert ids(to_sum_up(path, ("m4", "m5"), ())) == ["m8", "m4", "m5"]
    covered = message(8, "user", Summary(text="old", covers=tuple(m.id for m in PATH)))
    with pytest.raises(ProjectError, match="nothing to sum up"):
        to_sum_up([*PATH, covered, user(9, "four")], (), ())


def test_the_model_gets_a_transcript_without_tools_thinking_and_files() -> None:
    model = Model("short")
    assert draft(model) == ("short", Usage(input_tokens=10, output_tokens=2))
    (request,) = model.asked
    assert (request.system, request.tools) == (SUMMARY_PROMPT, ())
    (asked,) = request.messages
    assert asked.text.startswith("<transcript>")
    for told in ("one", "read_file", "characters of old output left out", "done"):
        assert told in asked.text
    for kept_back in ("secret thought", "whole file"):
        assert kept_back not in asked.text


def test_what_does_not_fit_is_summed_up_piece_by_piece() -> None:
    model = Model(*(f"answer {n}" for n in range(50)))
    limit = len(SUMMARY_PROMPT) * 2
    text, usage = drafted(PATH * 3, MODEL, model.ask, limit, 100, len, Patience())
    rounds = len(model.asked)
    assert rounds > 2
    assert usage == Usage(input_tokens=10 * rounds, output_tokens=2 * rounds)
    assert text == f"answer {rounds - 1}"
    for n, request in enumerate(model.asked):
        told = request.messages[0].text
        assert len(request.system) + len(told) <= limit
        assert (f"<summary_so_far>\nanswer {n - 1}\n</summary_so_far>" in told) == (n > 0)


def test_a_single_message_that_is_too_long_loses_its_middle() -> None:
    model = Model("short")
    drafted([user(0, "a" * 50_000 + "MIDDLE" + "z" * 50_000)], MODEL, model.ask, 20_000, 100, len, Patience())
    told = model.asked[0].messages[0].text
    assert len(told) < 20_000
    assert "aaa" in told
    assert "zzz" in told
    assert "MIDDLE" not in told


def test_a_refusal_and_an_empty_answer_are_errors() -> None:
    with pytest.raises(RefusedError):
        draft(Model("I would rather not", stop="refused"))
    with pytest.raises(BadResponseError):
        draft(Model("  \n"))


def test_an_edited_summary_is_kept_without_keys() -> None:
    project = Project(
        name="p",
        base_dir="/",
        discussion=Discussion(messages=tuple(PATH), branches=(Branch(name="main", tip="m7"),)),
    )
    keep = KeepCompact(request_id="k", branch="main", text=" the key is sk-123456789 \n", covers=("m0",))
    made = summary_message(keep, project, "s", 1.0, ("sk-123456789",))
    assert made.parent == "m7"
    assert made.role == "user"
    assert "sk-123456789" not in str(made.parts)
    for text, covers in ((" \n", ("m0",)), ("text", ())):
        with pytest.raises(ProjectError):
            summary_message(
                KeepCompact(request_id="k", branch="main", text=text, covers=covers), project, "s", 1.0, ()
            )


def test_commands_and_events_come_back_from_json_as_they_were() -> None:
    turn = {"at": 1.0, "worker": "w", "turn_id": "t", "branch": "b"}
    events: list[Event] = [
        HistoryPruned(**turn, dropped=2, tokens=9, messages=("a", "b"), shortened=1, stripped=3),
        CompactDrafted(
            at=1.0,
            worker="w",
            request_id="r",
            branch="b",
            covers=("a",),
            text="t",
            usage=Usage(input_tokens=1),
        ),
        MessageKept(
            at=1.0, worker="w", branch="b", message=message(0, "user", Summary(text="t", covers=("a", "b")))
        ),
    ]
    assert [decode_event(json.loads(json.dumps(encode_event(one)))) for one in events] == events
    commands: list[Command] = [
        PutBack(request_id="r", branch="b", messages=("a",)),
        Release(request_id="r", branch="b", messages=("a",)),
        CompactBranch(request_id="r", branch="b", model=MODEL, policy=ApprovalPolicy(person=False)),
        KeepCompact(request_id="r", branch="b", text="t", covers=("a",)),
    ]
    assert [decode_command(json.loads(json.dumps(encode_command(one)))) for one in commands] == commands
