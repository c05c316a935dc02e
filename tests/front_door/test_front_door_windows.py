"""What a model takes and gives, through the front door: longest answers, and servers that cut prompts."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from copilot.vocabulary.commands import PreviewRequest
from copilot.vocabulary.events import Notice, RequestPreviewed, TurnFinished, UsageReported

WINDOW = 4_096


class Ollama(ThreadingHTTPServer):
    """Answers as Ollama does: says its window once the model is loaded, and reads no more of a prompt than
    that; `loaded` from the beginning where somebody else used the model before."""

    def __init__(self, loaded: bool, window: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.loaded = loaded
        self.window = window
        self.bodies: list[bytes] = []


class _Handler(BaseHTTPRequestHandler):
    server: Ollama

    def do_GET(self) -> None:
        """The list of models, and what is loaded."""
        if self.path == "/v1/models":
            return self._say({"object": "list", "data": [{"id": "m:8b", "owned_by": "library"}]})
        loaded = [{"name": "m:8b", "context_length": self.server.window}] if self.server.loaded else []
        return self._say({"models": loaded})

    def do_POST(self) -> None:
        """A streamed answer."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.bodies.append(body)
        self.server.loaded = True
        read = min(len(body) // 4, self.server.window)
        usage = {"prompt_tokens": read, "completion_tokens": 2, "total_tokens": read + 2}
        told = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m:8b"}
        said = {"index": 0, "delta": {"role": "assistant", "content": "Yes."}, "finish_reason": "stop"}
        chunks = [{**told, "choices": [said]}, {**told, "choices": [], "usage": usage}]
        lines = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
        self._send(lines.encode(), "text/event-stream")

    def _say(self, value: object) -> None:
        self._send(json.dumps(value).encode(), "application/json")

    def _send(self, data: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def ollama(request: pytest.FixtureRequest) -> Iterator[Ollama]:
    """The server, with the window and state that the test names."""
    loaded, window = getattr(request, "param", (False, WINDOW))
    server = Ollama(loaded, window)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(10)


LONG = "many words of a long question " * 1_500


def warned(sitting: Any) -> list[str]:
    return [e.text for e in sitting.events if isinstance(e, Notice) and "left out the rest" in e.text]


def test_a_server_that_cut_a_prompt_without_a_word_is_noticed(sit: Any, ollama: Ollama) -> None:
    sitting = sit("compatible", model="m:8b", server=ollama)
    assert isinstance(sitting.turn(LONG), TurnFinished)
    (words,) = warned(sitting)
    assert "read 4,096 of about" in words
    assert "Start it with a larger window" in words
    assert isinstance(sitting.turn("And now?"), TurnFinished)
    assert len(ollama.bodies[1]) < len(ollama.bodies[0]) / 2, "the next prompt fits"
    assert len(warned(sitting)) == 1


@pytest.mark.parametrize("ollama", [(False, 65_536), (True, 65_536)], indirect=True)
def test_one_that_reads_all_of_it_is_not_blamed(sit: Any, ollama: Ollama) -> None:
    sitting = sit("compatible", model="m:8b", server=ollama)
    assert isinstance(sitting.turn(LONG), TurnFinished)
    assert isinstance(sitting.turn("And now?"), TurnFinished)
    assert warned(sitting) == []
    assert all(used.usage.input_tokens > WINDOW for used in sitting.events if isinstance(used, UsageReported))


@pytest.mark.parametrize(("model", "most"), [("gpt-4o", 16_384), ("gpt-5.2", 32_000)])
def test_a_model_is_asked_for_no_longer_an_answer_than_it_gives(sit: Any, model: str, most: int) -> None:
    """In the preview as in the request."""
    sitting = sit("openai", model=model)
    look = PreviewRequest(
        request_id="p", project=sitting.project, branch="main", user_message="hi", model=sitting.desk.model
    )
    sitting.desk.worker.submit(look)
    previewed = sitting.until(RequestPreviewed)
    assert isinstance(sitting.turn("hi"), TurnFinished)
    sent = [request.body for request in sitting.server.requests]
    assert [body["max_output_tokens"] for body in sent] == [most] * len(sent)
    assert previewed.sha256
    assert json.loads(Path(previewed.body_path).read_text())["max_output_tokens"] == most
