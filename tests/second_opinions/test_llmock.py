"""PyPI's llmock: it checks what we send, breaks what it answers, and judges how we bear it.

Of its verdicts two are not ours to satisfy: an answer of which the person has seen a part is not asked for
again by itself, since that would cost and show it twice. The turn fails, says so, and *continue* goes on.
"""

from typing import Any

import pytest
from sent import PROVIDERS, calls_and_results, last_said, system_of

from copilot.vocabulary.events import RetryScheduled, ToolFinished, TurnFailed, TurnFinished

BASE = {"anthropic": "/anthropic", "gemini": "/gemini", "openai": "/v1", "compatible": "/v1"}
PATHS = {
    "anthropic": "/anthropic/v1/messages",
    "gemini": "/gemini/v1beta/models/*",
    "openai": "/v1/responses",
    "compatible": "/v1/chat/completions",
}
SHOWN = {"anthropic": 5, "gemini": 2, "openai": 7, "compatible": 3}
"""After so many frames of llmock's streams some text has been seen, and more would come."""
WORDS = "one two three four five six seven eight nine ten"

every_provider = pytest.mark.parametrize("provider", PROVIDERS)


@pytest.fixture
def ask(sit, llmock):
    """`ask(provider, behaviour...)` sends one message: the sitting, its end, the requests, the findings."""

    def asked(provider: str, *behaviours: dict[str, Any], message: str = "Go on.", **limits: float):
        llmock.post("/_llmock/reset", {})
        aimed = [{**one, "match": {"path": PATHS[provider]}} for one in behaviours]
        llmock.post("/_llmock/scenario", {"behaviors": aimed})
        sitting = sit(provider, llmock.url + BASE[provider], attempts=2, **limits)
        end = sitting.turn(message)
        requests = [one for one in llmock.get("/_llmock/requests")["requests"] if one["method"] == "POST"]
        findings = [found["code"] for found in llmock.get("/_llmock/verdict")["findings"]]
        return sitting, end, requests, findings

    return asked


def reply(text: str) -> dict[str, Any]:
    return {"type": "reply", "text": text}


def call(name: str, **arguments: str) -> dict[str, Any]:
    return {"type": "reply", "tool_calls": [{"name": name, "arguments": arguments}]}


WRITE = call("write_file", path="made.txt", content="made\n")


@every_provider
def test_a_turn_with_a_tool_is_accepted_and_comes_back_whole(provider: str, ask, legal, llmock) -> None:
    sitting, end, requests, findings = ask(
        provider, call("read_file", path="notes.txt"), WRITE, reply("Made."), message="Please make it."
    )
    assert isinstance(end, TurnFinished), end
    assert (end.text, findings) == ("Made.", [])
    assert [one["status"] for one in requests] == [200, 200, 200]
    bodies = [one["body"] for one in requests]
    unsigned = "a call of this turn without its signature"  # Gemini's; llmock gives none that could come back
    assert [w for body in bodies for w in legal(provider, body) if not w.endswith(unsigned)] == []
    assert last_said(provider, bodies[0]) == "Please make it."
    assert len({system_of(provider, body) for body in bodies}) == 1
    assert (sitting.base_dir / "made.txt").read_text() == "made\n"
    outputs = [event.output for event in sitting.of(ToolFinished)]
    assert calls_and_results(provider, bodies[2]) == [
        ("call", "read_file", {"path": "notes.txt"}),
        ("result", "read_file", outputs[0]),
        ("call", "write_file", {"path": "made.txt", "content": "made\n"}),
        ("result", "write_file", outputs[1]),
    ]


@every_provider
@pytest.mark.parametrize("status", [429, 500, 503, 529])
def test_a_service_that_recovers_is_asked_again_and_no_sooner_than_it_says(
    provider: str, status: int, ask
) -> None:
    sitting, end, requests, findings = ask(
        provider, {"type": "fail", "status": status, "retry_after": 1}, reply("Here I am.")
    )
    assert isinstance(end, TurnFinished), end
    assert (end.text, findings) == ("Here I am.", [])
    assert [one["status"] for one in requests] == [status, 200]
    assert [event.wait_seconds for event in sitting.of(RetryScheduled)] == [1.0]
    assert requests[0]["fingerprint"] == requests[1]["fingerprint"]


@every_provider
def test_a_service_that_stays_down_is_given_up(provider: str, ask) -> None:
    down = {"type": "fail", "status": 503, "times": None, "retry_after": 1}
    _, end, requests, findings = ask(provider, down)
    assert isinstance(end, TurnFailed)
    assert (end.kind, findings) == ("unavailable", [])
    assert "503" in end.message or "529" in end.message  # its type, where it names one, is more exact
    assert [one["status"] for one in requests] == [503, 503]


@every_provider
@pytest.mark.parametrize(("status", "kind"), [(400, "bad_request"), (401, "auth"), (403, "auth")])
def test_what_no_retry_mends_is_not_retried(provider: str, status: int, kind: str, ask) -> None:
    _, end, requests, findings = ask(provider, {"type": "fail", "status": status})
    assert isinstance(end, TurnFailed)
    assert (end.kind, findings) == (kind, [])
    assert end.hint
    assert len(requests) == 1


TOO_LONG_CODE = "context_length_exceeded"
TOO_LONG = {
    "anthropic": {"message": "prompt is too long: 205000 tokens > 200000 maximum"},
    "gemini": {"message": "The input token count (9) exceeds the maximum number of tokens allowed (8)."},
    "openai": {"message": "This model's maximum context length is 8 tokens.", "code": TOO_LONG_CODE},
    "compatible": {"message": "This model's maximum context length is 8 tokens.", "code": TOO_LONG_CODE},
}


@every_provider
def test_a_prompt_that_is_too_long_and_cannot_be_shorter_fails_and_says_so(provider: str, ask) -> None:
    _, end, requests, findings = ask(provider, {"type": "fail", "status": 400, **TOO_LONG[provider]})
    assert isinstance(end, TurnFailed)
    assert (end.kind, findings, len(requests)) == ("too_long", [], 1)


@every_provider
@pytest.mark.parametrize(
    ("fault", "kind"),
    [("truncate", "truncated"), ("disconnect", "network"), ("malformed", "bad_response")],
)
def test_a_stream_that_breaks_is_a_failure_that_keeps_what_was_seen(
    provider: str, fault: str, kind: str, ask
) -> None:
    broken = {"type": "stream_fault", "kind": fault, "after_chunks": SHOWN[provider]}
    sitting, end, requests, findings = ask(provider, reply(WORDS), broken)
    assert isinstance(end, TurnFailed), end
    assert end.kind == kind
    assert len(requests) == 1
    last = sitting.desk.store.project.discussion.path("main")[-1]
    assert (last.role, last.partial) == ("assistant", True)
    assert last.text
    assert WORDS.startswith(last.text)
    told = {"truncate": "truncated_stream_accepted", "disconnect": "gave_up"}
    assert findings == [told.get(fault, "malformed_chunk_ignored")]


@every_provider
@pytest.mark.parametrize("fault", ["truncate", "disconnect"])
def test_a_stream_that_breaks_before_anything_was_seen_is_asked_for_again(
    provider: str, fault: str, ask
) -> None:
    broken = {"type": "stream_fault", "kind": fault, "after_chunks": 0}
    _, end, requests, findings = ask(provider, broken, {**reply("Here I am."), "times": 2})
    assert isinstance(end, TurnFinished), end
    assert (end.text, findings, len(requests)) == ("Here I am.", [], 2)


@every_provider
def test_a_stream_that_stalls_is_given_up(provider: str, ask) -> None:
    stalled = {"type": "stream_fault", "kind": "stall", "after_chunks": SHOWN[provider], "stall_seconds": 30}
    _, end, _, findings = ask(provider, reply(WORDS), stalled, progress_seconds=0.5)
    assert isinstance(end, TurnFailed), end
    assert (end.kind, findings) == ("network", [])
    assert "no progress" in end.message


@every_provider
def test_a_call_that_cannot_be_read_is_not_run(provider: str, ask) -> None:
    broken = {"type": "tool_fault", "kind": "malformed_arguments"}
    sitting, end, _, _ = ask(provider, WRITE, broken, reply("Sorry."))
    assert isinstance(end, TurnFinished), end
    assert end.text == "Sorry."
    assert [event.status for event in sitting.of(ToolFinished)] == ["error"]
    assert not (sitting.base_dir / "made.txt").exists()


@every_provider
def test_a_tool_that_was_never_offered_is_not_run(provider: str, ask) -> None:
    unknown = {"type": "tool_fault", "kind": "unknown_tool"}
    sitting, end, requests, _ = ask(provider, WRITE, unknown, reply("Sorry."))
    assert isinstance(end, TurnFinished), end
    assert [event.status for event in sitting.of(ToolFinished)] == ["error"]
    assert not (sitting.base_dir / "made.txt").exists()
    assert [one["status"] for one in requests] == [200, 200]


@every_provider
@pytest.mark.parametrize("status", [429, 503])
def test_after_a_tool_the_round_alone_is_asked_for_again(provider: str, status: int, sit, llmock) -> None:
    llmock.post("/_llmock/reset", {})
    aimed = {"match": {"path": PATHS[provider]}}
    script = call("run_shell", script="echo again >> runs.txt")
    llmock.post("/_llmock/scenario", {"behaviors": [script | aimed, reply("Done.") | aimed]})
    failing = {"type": "fail", "status": status, "retry_after": 1}
    sitting = sit(provider, llmock.url + BASE[provider], attempts=2)
    end = sitting.turn("Go on.", lambda: llmock.post("/_llmock/scenario", {"behaviors": [failing | aimed]}))
    assert isinstance(end, TurnFinished), end
    assert end.text == "Done."
    requests = [one for one in llmock.get("/_llmock/requests")["requests"] if one["method"] == "POST"]
    assert [one["status"] for one in requests] == [200, status, 200]
    assert llmock.get("/_llmock/verdict")["findings"] == []
    assert (sitting.base_dir / "runs.txt").read_text() == "again\n"


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "compatible"])
def test_a_refusal_is_a_failure_that_is_not_retried(provider: str, ask) -> None:
    """llmock's Responses stream has no form for a refusal."""
    refused = {"type": "reply", "text": "I can", "finish_reason": "content_filter"}
    _, end, requests, findings = ask(provider, refused)
    assert isinstance(end, TurnFailed), end
    assert (end.kind, findings, len(requests)) == ("refused", [], 1)


@every_provider
def test_an_answer_at_its_limit_is_kept_as_a_part(provider: str, ask) -> None:
    sitting, end, _, findings = ask(provider, {"type": "reply", "text": "I can", "finish_reason": "length"})
    assert isinstance(end, TurnFinished), end
    last = sitting.desk.store.project.discussion.path("main")[-1]
    assert (last.text, last.partial, findings) == ("I can", True, [])
