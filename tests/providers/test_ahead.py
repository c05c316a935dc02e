"""The first request of a process leaves before the SDK is loaded, and nothing else about it changes.

Each case runs in an interpreter of its own, as the program does it, and again where the SDK was loaded
plainly before anything else, so that nothing is lazy and nothing goes ahead.
"""

import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import httpx2
import pytest
from loopback import Loopback, as_json
from talk import PROVIDERS

from copilot.providers.ahead import Ahead
from copilot.providers.bridge import Bridge
from copilot.providers.call import current
from copilot.providers.failures import Service
from copilot.providers.wire import WireClient
from copilot.vocabulary.errors import TurnCancelledError

SDKS = {"anthropic": "anthropic", "gemini": "google.genai", "openai": "openai", "compatible": "openai"}
CASES = ("tools", "early_end", "key")

TALK = """
import json, sys
from importlib import import_module
name, cases, plain = sys.argv[1:]
if plain:
    import_module(plain)
    import_module(f"{plain}.types")
from loopback import Answer, Loopback, as_json, recorded
from talk import call, chunks_of, made, reply, request_to, result, results, thought, user
from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.messages import Text

signed = {"signature": "AAH+/w==", "kind": "thought"}
talk = (
    user("hi \\u00fc \\u2028 <x>"),
    reply(name, thought("hm", **signed), Text(text="See.", provider_data={"signature": "AAEC"})),
    user("and?"),
    reply(name, call("c1", "a.py", kind="call", id="c1", signature="+/8="), call("c2", "b.py", kind="call")),
    results(result("c1", "one"), result("c2", "two")),
    user("more"),
)
for case in cases.split():
    refused = as_json({"error": {"type": "authentication_error", "message": "bad key"}}, 401, request_id="r1")
    answer = refused if case == "key" else Answer(body=recorded(name, case))
    bridge, records = Bridge(), []
    with Loopback(answer) as server:
        provider = made(name, server.url, bridge, records=records)
        try:
            said = repr(chunks_of(provider, request_to(name, *talk)))
        except CopilotError as error:
            said = f"{type(error).__name__}: {error} {error.hint} {vars(error)}"
        said = said.replace(str(server.port), "PORT")
        again = made(name, server.url, bridge).preview(request_to(name, *talk), lambda: False)
    bridge.close()
    asked = [
        (one.method, one.path, {k: v for k, v in one.headers.items() if k in ("x-api-key", "authorization",
         "x-goog-api-key", "anthropic-version", "content-type")}, one.body) for one in server.received
    ]
    kept = [(one.status, one.body) for one in records if one.direction == "response"]
    print(json.dumps({"said": said, "asked": asked, "kept": kept, "recorded": len(records),
                      "same": again == server.received[0].raw,
                      "agent": server.received[0].headers["user-agent"]}))
"""


def talked(provider: str, cases: str, *, plain: bool) -> list[dict[str, Any]]:
    """What was asked, answered and recorded in each case, in a fresh interpreter."""
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", TALK, provider, cases, SDKS[provider] if plain else ""],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_goes_ahead_is_what_the_sdk_asks(provider: str) -> None:
    plainly = talked(provider, " ".join(CASES), plain=True)  # nothing goes ahead there: they may share one
    for case, plain in zip(CASES, plainly, strict=True):
        (ahead,) = talked(provider, case, plain=False)
        # Gemini's own client asks for itself once it is there.
        assert (plain.pop("agent") == "copilot") == (provider != "gemini")
        assert ahead.pop("agent") == "copilot"
        assert len(ahead["asked"]) == 1
        assert ahead["same"]
        assert ahead == plain


WHOLE = """
import sys
from importlib import import_module
name, sdk = sys.argv[1:]
import_module(f"copilot.providers.{name}").make(
    key="k" * 20, base_url="", api_version="", on_wire=print, bridge=__import__("talk").Bridge()
).load()
package = import_module(sdk)
types = import_module(f"{sdk}.types")
for module in (package, types):
    for one in getattr(module, "__all__", None) or dir(module):
        getattr(module, one)
if name == "anthropic":
    from anthropic import Anthropic, AnthropicBedrock, types as again
    from anthropic.types.beta import BetaMessage, BetaRawMessageStreamEvent
    from anthropic.resources.beta.messages import AsyncMessages
    import anthropic.types.beta.sessions, anthropic.types.beta.organization
    assert anthropic.types.Message is anthropic.types.message.Message
    assert Anthropic(api_key="x").beta.messages
else:
    from openai import AzureOpenAI, OpenAI, types as again
    from openai.types.responses import Response
    from openai.types.chat import ChatCompletion
    import openai.types.beta, openai.resources
    assert openai.types.responses.Response is openai.types.responses.response.Response
    assert OpenAI(api_key="x").responses
print(len(sys.modules))
"""


@pytest.mark.parametrize("provider", ["anthropic", "openai", "compatible"])
def test_the_whole_of_an_sdk_is_there_for_whoever_wants_it(provider: str) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", WHOLE, provider, SDKS[provider]],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def asking(url: str, body: bytes = b"{}") -> httpx2.Request:
    return httpx2.Request("POST", url, content=body)


def nothing() -> None:
    """What is to be done when a request has left."""


def test_another_request_is_not_given_the_answer() -> None:
    ours = asking("http://127.0.0.1/a", b'{"a": 1}')
    ahead = Ahead(ours, lambda _: httpx2.Response(200), nothing)
    assert not ahead.is_for(ours)
    assert not ahead.is_for(asking("http://127.0.0.1/b", b'{"a": 1}'))
    assert not ahead.is_for(asking("http://127.0.0.1/a", b'{"a": 2}'))
    assert not ahead.is_for(httpx2.Request("PUT", "http://127.0.0.1/a", content=b'{"a": 1}'))
    assert ahead.is_for(asking("http://127.0.0.1/a", b'{"a":1}'))
    ours.headers["authorization"] = "Bearer a"
    assert not ahead.is_for(asking("http://127.0.0.1/a", b'{"a":1}'))
    assert ahead.answer().status_code == 200


def test_a_request_that_fails_says_why_when_it_is_asked_for() -> None:
    def send(request: httpx2.Request) -> httpx2.Response:
        raise OSError("no network")

    ahead = Ahead(asking("http://127.0.0.1/a"), send, nothing)
    with pytest.raises(OSError, match="no network"):
        ahead.answer()


def test_it_is_told_once_and_before_the_answer_that_a_request_has_left() -> None:
    told: list[int] = []
    with Loopback(as_json({})) as server, httpx2.Client() as client:
        ahead = Ahead(
            asking(server.url),
            lambda request: client.send(request, stream=True),
            lambda: told.append(len(server.received)),
        )
        assert ahead.answer().status_code == 200
    assert len(told) == 1


def test_an_answer_that_nobody_takes_is_closed() -> None:
    with Loopback(as_json({})) as server, httpx2.Client() as client:
        ahead = Ahead(asking(server.url), lambda request: client.send(request, stream=True), nothing)
        answer = ahead.answer()
        ahead.drop()
        assert answer.is_closed


def test_a_stop_reaches_a_request_that_went_ahead() -> None:
    bridge, stopped = Bridge(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        wire = WireClient(Service(name="any", base_url=url), lambda _: None)
        with pytest.raises(TurnCancelledError):
            bridge.call(lambda: wire.send_ahead(current(), url, b"{}", stopped.set), stopped.is_set)
        wire.close()
    bridge.close()


TWO = """
import sys, threading
from loopback import Answer, Loopback, recorded
from talk import chunks_of, made, request_to, user
from copilot.providers.bridge import Bridge

name, bridge = sys.argv[1], Bridge()
answer = Answer(body=recorded(name, "tools"))
with Loopback(*[answer] * 4) as server:
    provider = made(name, server.url, bridge)
    talks = [(user("one"),), (user("two"),)]
    said = [[], []]
    def ask(number):
        said[number] += chunks_of(provider, request_to(name, *talks[number]))
    def look():
        looked.append(provider.preview(request_to(name, *talks[0]), lambda: False))
    looked = []
    threads = [threading.Thread(target=ask, args=(number,)) for number in (0, 1)]
    threads += [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(len(server.received), sorted("two" in str(one.body) for one in server.received))
print([type(chunks[-1]).__name__ for chunks in said], looked == [looked[0]] * 3)
bridge.close()
"""


OTHER = dict.fromkeys(
    ("ANTHROPIC_CUSTOM_HEADERS", "OPENAI_CUSTOM_HEADERS"),
    "Authorization: Bearer other\nanthropic-version: 1\nx-goog-api-key: other",
)
"""Variables by which SDKs are made to ask otherwise than what went ahead."""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_of_two_first_requests_each_is_sent_once_and_a_preview_takes_no_answer(provider: str) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", TWO, provider],
        env={**os.environ, "PYTHONPATH": path, **OTHER},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == ["2 [False, True]", "['Done', 'Done'] True"], done.stderr


LIST = """
import sys
from loopback import Loopback, as_json
from talk import made
from copilot.providers.bridge import Bridge
bridge = Bridge()
records = []
listed = as_json({"data": [{"id": "one", "max_model_len": 9}, {"id": "two"}]})
with Loopback(listed, as_json({"data": 5}), as_json({"data": [{"id": "three"}]})) as server:
    provider = made("compatible", server.url, bridge, records=records)
    for _ in range(2):
        models = provider.models(lambda: False)
        there = [name in sys.modules for name in ("openai", "httpx2")]
        print([(model.name, model.window) for model in models], there)
print([record.direction for record in records] == ["request", "response"] * 3)
print([one.headers["authorization"] for one in server.received] == ["Bearer test-key-0123456789"] * 3)
bridge.close()
"""


def test_a_local_servers_list_is_read_without_the_sdk_and_the_library_unless_it_is_odd() -> None:
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", LIST],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert lines == [
        "[('one', 9), ('two', None)] [False, False]",
        "[('three', None)] [True, True]",
        "True",
        "True",
    ], done.stderr


EARLY = """
import json, sys
from loopback import Answer, Loopback, recorded
from talk import chunks_of, made, request_to, user
from copilot.providers.bridge import Bridge

name, bridge, records = sys.argv[1], Bridge(), []
def on_wire(record):
    records.append((record.direction, record.url, "httpx2" in sys.modules))
provider_records = type("Records", (list,), {"append": lambda self, record: on_wire(record)})()
answer = Answer(body=recorded(name, "answer"))
with Loopback(answer, answer) as server:
    provider = made(name, server.url, bridge, records=provider_records)
    before = "httpx2" in sys.modules
    said = [type(chunks_of(provider, request_to(name, user(words)))[-1]).__name__ for words in ("one", "two")]
    connections = len({one.headers["host"] for one in server.received}), len(server.received)
bridge.close()
print(json.dumps([before, said, [(d, u.startswith(server.url), late) for d, u, late in records]]))
"""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_first_request_is_recorded_and_leaves_before_the_http_library_is_loaded(provider: str) -> None:
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", EARLY, provider],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    before, said, records = json.loads(done.stdout)
    assert (before, said) == (False, ["Done", "Done"])
    late = [True, True, True]
    assert records == [
        [direction, True, was_there]
        for direction, was_there in zip(("request", "response") * 2, (False, *late), strict=True)
    ]
