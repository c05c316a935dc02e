"""What goes wrong on purpose, as the real clients see it, and that the server lives through it."""

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

USER = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def anthropic() -> Any:
    """The SDK, imported once and late."""
    import anthropic

    return anthropic


@pytest.fixture(scope="module")
def httpx2() -> Any:
    import httpx2

    return httpx2


@pytest.fixture
def claude(anthropic: Any) -> Iterator[Callable[[Any], Any]]:
    clients: list[Any] = []

    def client(server: Any) -> Any:
        made = anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0, timeout=5)
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


@pytest.fixture
def chatgpt() -> Iterator[Callable[[Any], Any]]:
    import openai

    clients: list[Any] = []

    def client(server: Any) -> Any:
        made = openai.OpenAI(api_key="k", base_url=server.url + "/v1", max_retries=0, timeout=5)
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


@pytest.fixture
def gemini() -> Iterator[Callable[[Any], Any]]:
    from google import genai

    clients: list[Any] = []

    def client(server: Any) -> Any:
        made = genai.Client(api_key="k", http_options={"base_url": server.url, "timeout": 5000})
        clients.append(made)
        return made

    yield client
    for made in clients:
        made.close()


def stream(client: Any) -> Any:
    """A streamed answer from the Anthropic client: its message as far as it came."""
    with client.messages.stream(model="m", max_tokens=10, messages=USER) as s:
        for _ in s:
            pass
        return s.current_message_snapshot


def answer(*parts: str) -> str:
    return f"[[rule]]\nanswer = [{', '.join(parts)}]\n"


TEXT = '{ text = "partial words" }'


def test_a_status_comes_in_the_services_own_body(
    serve: Any, claude: Any, gemini: Any, chatgpt: Any, anthropic: Any
) -> None:
    fault = '{ fault = "status", status = 429, retry_after = 17, headers = { x-here = "yes" } }'
    server = serve(answer(fault))
    with pytest.raises(anthropic.RateLimitError) as limited:
        stream(claude(server))
    assert limited.value.type == "rate_limit_error"
    assert limited.value.response.headers["retry-after"] == "17"
    assert limited.value.response.headers["x-here"] == "yes"
    from google.genai import errors

    with pytest.raises(errors.ClientError) as exhausted:
        gemini(server).models.generate_content(model="m", contents="hi")
    assert exhausted.value.status == "RESOURCE_EXHAUSTED"
    assert exhausted.value.details["error"]["details"] == [
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "17s"}
    ]
    import openai

    with pytest.raises(openai.RateLimitError) as too_many:
        chatgpt(server).responses.create(model="m", input="hi")
    assert too_many.value.type == "rate_limit_error"
    assert [f.status for f in server.failures] == [429, 429, 429]


def test_codes_that_mean_money(serve: Any, claude: Any, chatgpt: Any, anthropic: Any) -> None:
    server = serve(answer('{ fault = "status", status = 429, code = "enforced_spend_limit_reached" }'))
    with pytest.raises(anthropic.EnforcedSpendLimitReachedError):
        stream(claude(server))
    import openai

    server = serve(
        answer('{ fault = "status", status = 429, code = "insufficient_quota", message = "Pay." }')
    )
    with pytest.raises(openai.RateLimitError) as caught:
        chatgpt(server).chat.completions.create(model="m", messages=USER)
    assert (caught.value.code, caught.value.body["message"]) == ("insufficient_quota", "Pay.")


def test_a_fault_once_and_then_an_answer(serve: Any, claude: Any, anthropic: Any) -> None:
    server = serve(
        '[[rule]]\nwhen = { times = 1 }\nanswer = [{ fault = "status", status = 529 }]\n' + answer(TEXT)
    )
    client = claude(server)
    with pytest.raises(anthropic.OverloadedError):
        stream(client)
    assert stream(client).content[0].text == "partial words"


def test_a_dropped_connection(serve: Any, claude: Any, httpx2: Any) -> None:
    server = serve(answer(TEXT, '{ fault = "drop" }'))
    with pytest.raises(httpx2.RemoteProtocolError):
        stream(claude(server))


def test_a_dropped_connection_before_a_whole_answer(serve: Any, claude: Any, anthropic: Any) -> None:
    server = serve(answer('{ fault = "drop" }'))
    with pytest.raises(anthropic.APIConnectionError):
        claude(server).messages.create(model="m", max_tokens=10, messages=USER)


def test_a_polite_early_end(serve: Any, claude: Any, chatgpt: Any, gemini: Any) -> None:
    server = serve(answer(TEXT, '{ fault = "end" }'))
    message = stream(claude(server))
    assert (message.content[0].text, message.stop_reason) == ("partial words", None)
    names = [e.type for e in chatgpt(server).responses.create(model="m", input="hi", stream=True)]
    assert names[-1] == "response.output_text.delta"
    chunks = list(chatgpt(server).chat.completions.create(model="m", messages=USER, stream=True))
    assert chunks[-1].choices[0].finish_reason is None
    chunks = list(gemini(server).models.generate_content_stream(model="m", contents="hi"))
    assert chunks[-1].candidates[0].finish_reason is None


def test_an_error_inside_the_stream(
    serve: Any, claude: Any, chatgpt: Any, gemini: Any, anthropic: Any
) -> None:
    server = serve(answer(TEXT, '{ fault = "error" }'))
    with pytest.raises(anthropic.APIStatusError) as caught:
        stream(claude(server))
    assert (caught.value.status_code, caught.value.type) == (200, "overloaded_error")
    names = [e.type for e in chatgpt(server).responses.create(model="m", input="hi", stream=True)]
    assert names[-1] == "error"
    import openai
    from google.genai import errors

    with pytest.raises(openai.APIError, match="had an error"):
        list(chatgpt(server).chat.completions.create(model="m", messages=USER, stream=True))
    with pytest.raises(errors.ServerError) as unavailable:
        list(gemini(server).models.generate_content_stream(model="m", contents="hi"))
    assert unavailable.value.code == 503


def test_a_failed_response(serve: Any, chatgpt: Any) -> None:
    server = serve(answer(TEXT, '{ fault = "error", type = "response.failed", message = "Broken." }'))
    last = list(chatgpt(server).responses.create(model="m", input="hi", stream=True))[-1]
    assert (last.type, last.response.status, last.response.error.message) == (
        "response.failed",
        "failed",
        "Broken.",
    )


def test_a_frame_that_is_not_json(serve: Any, claude: Any, chatgpt: Any) -> None:
    server = serve(answer(TEXT, '{ fault = "malformed" }'))
    with pytest.raises(json.JSONDecodeError):
        stream(claude(server))
    with pytest.raises(json.JSONDecodeError):
        list(chatgpt(server).responses.create(model="m", input="hi", stream=True))


def test_a_captive_portal(serve: Any) -> None:
    server = serve(answer('{ fault = "html" }'))
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]), timeout=5)
    connection.request("POST", "/v1/chat/completions", json.dumps({"model": "m", "messages": USER}))
    response = connection.getresponse()
    assert (response.status, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.read().startswith(b"<!DOCTYPE html>")
    connection.close()


def test_a_call_cut_off_by_the_token_limit(serve: Any, claude: Any) -> None:
    server = serve(answer('{ call = "read_file", raw = "{\\"pa" }', '{ finish = "max_tokens" }'))
    tool = {"name": "read_file", "input_schema": {"type": "object"}}
    with claude(server).messages.stream(model="m", max_tokens=10, messages=USER, tools=[tool]) as s:
        pieces = [e.partial_json for e in s if e.type == "input_json"]
        assert s.current_message_snapshot.stop_reason == "max_tokens"
    assert "".join(pieces) == '{"pa'


def test_a_stall_and_a_client_that_gives_up(serve: Any, anthropic: Any, httpx2: Any) -> None:
    server = serve(answer(TEXT, '{ fault = "stall" }'))
    late = pytest.raises(httpx2.ReadTimeout)
    with anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0, timeout=0.3) as client, late:
        stream(client)
    assert until(lambda: [f.message for f in server.failures] == ["the client went away"])


def test_keepalives_alone_never_time_out(serve: Any, anthropic: Any, httpx2: Any) -> None:
    server = serve(answer(TEXT, '{ fault = "trickle", seconds = 1.0 }'))
    cut = pytest.raises(httpx2.RemoteProtocolError)
    with anthropic.Anthropic(api_key="k", base_url=server.url, max_retries=0, timeout=0.5) as client, cut:
        stream(client)


def test_a_client_that_leaves_in_the_middle_is_noted(serve: Any, claude: Any) -> None:
    server = serve(answer('{ text = "one two three four five six", piece = 1, delay = 0.05 }'))
    with claude(server).messages.stream(model="m", max_tokens=10, messages=USER) as s:
        next(e for e in s if e.type == "text")
    assert until(lambda: len(server.failures) == 1)
    assert server.failures[0].status == 0


def test_stop_ends_answers_that_run(serve: Any, claude: Any, httpx2: Any) -> None:
    before = set(threading.enumerate())
    server = serve(answer(TEXT, "{ wait = 60 }"))
    ended: list[type[BaseException]] = []

    def ask() -> None:
        try:
            stream(claude(server))
        except httpx2.HTTPError as error:
            ended.append(type(error))

    asking = threading.Thread(target=ask)
    asking.start()
    assert until(lambda: len(server.requests) == 1)
    began = time.monotonic()
    server.stop()
    asking.join(timeout=5)
    assert time.monotonic() - began < 10  # a hang guard; it takes a fraction of a second
    assert len(ended) == 1
    assert not [t for t in set(threading.enumerate()) - before if t.name == "rehearsal"]


def test_stop_twice_and_without_start() -> None:
    from copilot.rehearsal.scenario import shipped
    from copilot.rehearsal.server import RehearsalServer

    server = RehearsalServer(shipped("welcome"))
    server.stop()
    server.start()
    server.stop()
    server.stop()


def test_two_servers_cannot_share_a_port(serve: Any) -> None:
    from copilot.rehearsal.scenario import shipped
    from copilot.rehearsal.server import RehearsalServer

    taken = int(serve(answer(TEXT)).url.rsplit(":", 1)[1])
    with pytest.raises(OSError):
        RehearsalServer(shipped("welcome"), port=taken).start()


def test_unknown_paths_and_bodies_that_are_not_json(serve: Any, post: Any) -> None:
    server = serve(answer(TEXT))
    assert post(server.url + "/v1/nothing", {})[0] == 404
    status, body = post(server.url + "/v1/messages", b"{", x_api_key="k", anthropic_version="1")
    assert (status, body["error"]["type"]) == (400, "invalid_request_error")
    assert post(server.url + "/v1/messages", [], x_api_key="k", anthropic_version="1")[0] == 400
    assert [r.body for r in server.requests] == [{}, "{", []]


@pytest.mark.parametrize(
    ("name", "value", "status"),
    [
        ("content-length", "99999999", 413),
        ("content-length", "-5", 411),
        ("transfer-encoding", "chunked", 411),
    ],
)
def test_bodies_that_are_not_read(serve: Any, name: str, value: str, status: int) -> None:
    server = serve(answer(TEXT))
    connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rsplit(":", 1)[1]), timeout=5)
    connection.putrequest("POST", "/v1/chat/completions")
    connection.putheader(name, value)
    connection.endheaders()
    response = connection.getresponse()
    response.read()
    assert response.status == status
    connection.close()


def until(true: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether something became true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return True
        time.sleep(0.01)
    return False
