"""Assistants at work: ten at once, tasks handed from one to another, a hostile one among others."""

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, cast

import pytest

from conftest import ENDS, approve, reject
from copilot.ai.handing import MOST_TASKS
from copilot.assistants.running import Errand, sent_off
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.approvals import ApprovalPolicy, Decision, HandOverDetail, SpendDetail
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.commands import CancelTurn, Decide, Regenerate, Trust
from copilot.vocabulary.events import (
    ApprovalRequested,
    ApprovalResolved,
    Event,
    MessageKept,
    TextDelta,
    ToolFinished,
    TrustAsked,
    TurnCancelled,
    TurnEvent,
    TurnFailed,
    TurnFinished,
    TurnStarted,
    UsageReported,
)
from copilot.vocabulary.messages import ToolCall
from copilot.vocabulary.values import FileChoice

ALL = ApprovalPolicy(mode="all", unconfined=True)
ASK = ApprovalPolicy()

TEN = """
piece = 6
[[rule]]
when = { asked_regex = "I am (?P<who>[a-z]+)", round = 1 }
[[rule.answer]]
text = "{{who}} looks, {{who}} looks. "
[[rule.answer]]
call = "read_file"
arguments = { path = "calculator/ops.py" }
[[rule]]
when = { asked_regex = "I am (?P<who>[a-z]+)" }
answer = [{ text = "{{who}} is done, and nobody but {{who}}.", delay = 0.002 }]
[[rule]]
when = { asked = "hang" }
answer = [{ text = "wait" }, { fault = "stall" }]
[[rule]]
when = { asked = "flood", round = [1, 2, 3] }
answer = [{ call = "read_file", arguments = { path = "../../../../etc/passwd" } },
          { call = "read_file", raw = "{\\"path\\": " }]
[[rule]]
when = { asked = "flood" }
answer = [{ fault = "status", status = 400, message = "go away" }]
"""

HANDED = """
[[rule]]
when = { asked = "lead", offered = "ask_assistant", round = 1 }
[[rule.answer]]
call = "ask_assistant"
arguments = { assistant = "tester", task = "Say what the tests say." }
[[rule]]
when = { asked = "lead", tool = "ask_assistant", result = "all green" }
answer = [{ text = "The tester says: all green." }]
[[rule]]
when = { asked = "lead" }
answer = [{ text = "Nobody helped." }]
[[rule]]
when = { asked = "what the tests say", missing = ["write_file", "run_shell"] }
answer = [{ text = "all green" }]
[[rule]]
when = { asked = "round and round", offered = "ask_assistant", round = [1, 2, 3, 4, 5] }
answer = [{ call = "ask_assistant", arguments = { assistant = "a", task = "round and round" } },
          { call = "ask_assistant", arguments = { assistant = "b", task = "round and round" } },
          { call = "ask_assistant", arguments = { assistant = "c", task = "round and round" } }]
[[rule]]
answer = [{ text = "Enough." }]
"""


def assistant(name: str, **said: object) -> Assistant:
    return Assistant(name=name, **said)  # type: ignore[arg-type]


def send(sitting, errands: Sequence[tuple[Assistant, str]], policy: ApprovalPolicy = ALL) -> dict[str, str]:
    """Send them off; the turns' ids by branch."""
    todo = [Errand(one, task, sitting.desk.model) for one, task in errands]
    found: dict[str, str] = {}
    for one in sent_off(todo, sitting.project, policy, sitting.desk.kit.new_id):
        sitting.desk.worker.submit(one.fork)
        sitting.desk.worker.submit(one.turn)
        found[one.turn.branch] = one.turn.turn_id
    return found


def until_over(
    sitting, turns: dict[str, str], decide: Callable[[ApprovalRequested], Decision] = approve
) -> dict[str, Event]:
    """Read until these turns are over; how each ended, by branch."""
    ended: dict[str, Event] = {}
    while set(turns) - set(ended):
        event = sitting.next()
        if isinstance(event, ENDS):
            ended[event.branch] = event
        if isinstance(event, ApprovalRequested) and event.verdict == "ask":
            sitting.desk.worker.submit(Decide(decision=decide(event)))
    return ended


def of(sitting, *kinds: type[Event]) -> list:
    return [event for event in sitting.events if isinstance(event, kinds)]


def requests_of(sitting, message: str) -> list[dict[str, Any]]:
    """The bodies of the requests that asked this."""
    bodies = [cast("dict[str, Any]", one.body) for one in sitting.server.requests if one.method == "POST"]
    return [body for body in bodies if message in json.dumps(body["messages"][0])]


def test_ten_at_once_and_their_events_never_mix(sit) -> None:
    sitting = sit(scenario=parse_scenario(TEN))
    names = [f"assistant-{letter}" for letter in "abcdefghij"]
    whos = dict(
        zip(names, ("ann", "bob", "cid", "dot", "eve", "fay", "gus", "hal", "ida", "jon"), strict=True)
    )
    turns = send(
        sitting, [(assistant(name, instructions=f"Be {name}."), f"I am {who}") for name, who in whos.items()]
    )
    ended = until_over(sitting, turns)
    said: dict[str, str] = defaultdict(str)
    workers: dict[str, set[str]] = defaultdict(set)
    for event in sitting.events:
        if isinstance(event, TurnEvent):
            assert turns[event.branch] == event.turn_id
            workers[event.turn_id].add(event.worker)
        if isinstance(event, TextDelta):
            said[event.branch] += event.text
    for name, who in whos.items():
        end = ended[name]
        assert isinstance(end, TurnFinished)
        assert end.text == f"{who} is done, and nobody but {who}."
        assert said[name] == f"{who} looks, {who} looks. " + end.text
        path = sitting.project.discussion.path(name)
        assert [message.role for message in path] == ["user", "assistant", "tool", "assistant"]
        assert {message.assistant for message in path} == {name}
    assert all(len(found) == 1 for found in workers.values())
    assert sitting.project.discussion.active == "main"
    starts = of(sitting, TurnStarted)
    assert {event.branch: event.assistant for event in starts} == {name: name for name in names}
    for name, who in whos.items():
        for body in requests_of(sitting, f"I am {who}"):
            told = json.dumps(body["system"])
            assert [other for other in names if f"Be {other}." in told] == [name]
    paid = sum(event.usd for event in of(sitting, UsageReported) if event.usd is not None)
    sums = sitting.desk.kit.spending.ledger.sums(
        sitting.desk.kit.clock(), "calculator", names[0], turns[names[0]]
    )
    assert sums["project"].requests == 20
    assert abs(sums["project"].usd - paid) < 1e-9
    assert sums["turn"].requests == sums["branch"].requests == 2


def test_one_that_hangs_and_one_that_is_hostile_harm_only_themselves(sit) -> None:
    sitting = sit(scenario=parse_scenario(TEN))
    wild = assistant("wild", tools=("read_*",))
    names = ("ann", "bob", "cid")
    turns = send(
        sitting,
        [(assistant("sleeper"), "hang"), (wild, "flood"), *((assistant(n), f"I am {n}") for n in names)],
    )
    ended = until_over(sitting, {name: turn for name, turn in turns.items() if name != "sleeper"})
    assert all(isinstance(ended[name], TurnFinished) for name in names)
    assert isinstance(ended["wild"], TurnFailed)
    results = [event for event in of(sitting, ToolFinished) if event.branch == "wild"]
    assert len(results) == 6
    assert {event.status for event in results} == {"error"}
    offered = [tool["name"] for tool in requests_of(sitting, "flood")[0]["tools"]]
    assert offered == ["read_file"]
    assert not of(sitting, ApprovalRequested)
    assert (sitting.base_dir / "calculator").is_dir()
    sitting.desk.worker.submit(CancelTurn(turn_id=turns["sleeper"]))
    assert isinstance(until_over(sitting, {"sleeper": ""})["sleeper"], TurnCancelled)


def handing(
    sitting, policy: ApprovalPolicy, decide=approve, **said: object
) -> tuple[TurnFinished, dict[str, Event]]:
    lead = assistant("lead", may_ask=("*",), **said)
    tester = assistant(
        "tester", about="Runs the tests.", tools=("read_*",), files=(FileChoice(pattern="README.md"),)
    )
    sitting.desk.use_assistants((lead, tester))
    ended = until_over(sitting, send(sitting, [(lead, "lead it")], policy), decide)
    end = ended["lead"]
    assert isinstance(end, TurnFinished)
    return end, ended


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "openai"])
def test_one_hands_a_task_to_another_through_the_gate(sit, provider: str) -> None:
    sitting = sit(provider, scenario=parse_scenario(HANDED))
    asked: list[HandOverDetail] = []

    def decide(event: ApprovalRequested) -> Decision:
        assert isinstance(event.detail, HandOverDetail)
        asked.append(event.detail)
        return approve(event)

    end, ended = handing(sitting, ASK, decide, tools=())
    assert end.text == "The tester says: all green."
    assert asked == [
        HandOverDetail(
            asker="lead",
            assistant="tester",
            about="Runs the tests.",
            task="Say what the tests say.",
            model=asked[0].model,
            tools="read_*",
            left=MOST_TASKS - 1,
        )
    ]
    assert isinstance(ended["tester"], TurnFinished)
    start = next(event for event in of(sitting, TurnStarted) if event.branch == "tester")
    assert (start.assistant, start.asked_by) == ("tester", "lead")
    assert [m.text for m in sitting.project.discussion.path("tester")] == [
        "Say what the tests say.",
        "all green",
    ]
    root = next(event.turn_id for event in of(sitting, TurnStarted) if event.branch == "lead")
    sums = sitting.desk.kit.spending.ledger.sums(sitting.desk.kit.clock(), "calculator", "tester", root)
    assert (sums["turn"].requests, sums["branch"].requests) == (3, 1)
    kept = [event for event in of(sitting, MessageKept) if event.branch == "lead"]
    calls = [part for event in kept for part in event.message.parts if isinstance(part, ToolCall)]
    assert [call.name for call in calls] == ["ask_assistant"]
    spoken = {one.protocol for one in sitting.server.requests if one.method == "POST"}
    assert spoken == {provider}


def test_an_assistant_of_the_folder_is_asked_again_by_its_own_model(sit) -> None:
    sitting = sit(scenario=parse_scenario(HANDED))
    page = Path(sitting.project.base_dir, ".copilot/assistants/checker.md")
    page.parent.mkdir(parents=True)
    page.write_text("---\nprovider: anthropic\nmodel: other\n---\nCheck it.\n")
    kit = sitting.desk.kit
    assert kit.assistants.named("checker") is None
    item = next(one for one in kit.trust.items(sitting.project) if one.kind == "assistant")
    sitting.desk.worker.submit(Trust(request_id="t", sha256s=(item.sha256,)))
    while not (told := sitting.until(TrustAsked)).assistants:
        pass
    checker = kit.assistants.named("checker")
    assert told.assistants == (checker,)
    assert checker == Assistant(
        name="checker", instructions="Check it.\n", provider="anthropic", model="other", project=True
    )
    kit.assistants.use((assistant("checker", about="mine"),))  # the person's own comes first
    assert kit.assistants.named("checker").about == "mine"
    kit.assistants.use(())

    errand = Errand(checker, "look", kit.assistants.means.model_of(checker, sitting.desk.model))
    one = sent_off((errand,), sitting.project, ALL, kit.new_id)[0]
    sitting.desk.worker.submit(one.fork)
    sitting.desk.worker.submit(one.turn)
    until_over(sitting, {one.turn.branch: one.turn.turn_id})
    first = sitting.project.discussion.path("checker")[0]
    again = Regenerate(
        turn_id="again", branch="checker", message=first.id, model=sitting.desk.model, policy=ALL
    )
    sitting.desk.worker.submit(again)
    until_over(sitting, {"checker": "again"})
    bodies = requests_of(sitting, "look")
    assert [body["model"] for body in bodies] == ["other", "other"]
    assert all("Check it." in json.dumps(body["system"]) for body in bodies)


def test_a_task_that_is_rejected_or_that_nobody_can_approve_is_not_handed_over(sit) -> None:
    sitting = sit(scenario=parse_scenario(HANDED))
    end, ended = handing(sitting, ASK, reject)
    assert (end.text, end.rejections, set(ended)) == ("Nobody helped.", 1, {"lead"})
    lead = sitting.desk.kit.assistants.known[0]
    until_over(sitting, send(sitting, [(lead, "lead it")], ApprovalPolicy(person=False)))
    assert [event.by for event in of(sitting, ApprovalResolved)] == ["person", "nobody"]
    assert len(sitting.project.discussion.branches) == 3


def test_hand_overs_are_bounded_in_depth_and_number(sit) -> None:
    sitting = sit(scenario=parse_scenario(HANDED))
    all_of_them = tuple(assistant(name, may_ask=("*",)) for name in ("a", "b", "c", "d", "e"))
    sitting.desk.use_assistants(all_of_them)
    ended = until_over(sitting, send(sitting, [(all_of_them[3], "round and round")]))
    assert all(isinstance(event, TurnFinished) for event in ended.values())
    starts = of(sitting, TurnStarted)
    assert 3 < len(starts) <= MOST_TASKS + 1
    refused = [event.output for event in of(sitting, ToolFinished) if event.status == "error"]
    assert any("waits for your answer" in text or "no assistant" in text for text in refused)
    assert any("handed over already" in text for text in refused)


def test_the_cap_of_a_turn_holds_for_what_follows_from_it(sit) -> None:
    sitting = sit(scenario=parse_scenario(HANDED))
    lead, tester = assistant("lead", may_ask=("tester",)), assistant("tester")
    sitting.desk.use_assistants((lead, tester))
    spends: list[tuple[str, str, float]] = []

    def decide(event: ApprovalRequested) -> Decision:
        if isinstance(event.detail, SpendDetail):
            spends.append((event.branch, event.detail.scope, event.detail.spent_usd))
            return reject(event)
        sitting.desk.use_caps(Caps(turn_usd=0.000_001))
        return approve(event)

    ended = until_over(sitting, send(sitting, [(lead, "lead it")], ASK), decide)
    paid = next(event.usd for event in of(sitting, UsageReported) if event.branch == "lead")
    assert paid > 0
    assert spends[0] == ("tester", "turn", paid)  # what the one that asked has spent counts
    assert isinstance(ended["tester"], TurnFailed)
    assert ended["tester"].kind == "cap"


def test_stopping_the_one_that_asked_stops_the_one_that_was_asked(sit) -> None:
    scenario = HANDED.replace('{ text = "all green" }', '{ text = "all" }, { fault = "stall" }')
    sitting = sit(scenario=parse_scenario(scenario))
    lead, tester = assistant("lead", may_ask=("tester",)), assistant("tester", tools=())
    sitting.desk.use_assistants((lead, tester))
    turns = send(sitting, [(lead, "lead it")])
    while not (isinstance(event := sitting.next(), TextDelta) and event.branch == "tester"):
        pass
    sitting.desk.worker.submit(CancelTurn(turn_id=turns["lead"]))
    ended = until_over(sitting, {"lead": "", "tester": ""})
    assert all(isinstance(event, TurnCancelled) for event in ended.values())
    call = next(event for event in of(sitting, ToolFinished))
    assert call.status == "cancelled"
