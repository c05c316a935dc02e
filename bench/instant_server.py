"""An instant model server for the benchmarks: one tool call a round, then one last answer.

    .venv/bin/python bench/instant_server.py PROVIDER ROUNDS [THINK]

It answers at once, or after it has thought for THINK seconds. A process of its own, so that its time is not
that of the client. It prints its port, serves the conversation once, and prints two lines of JSON: when each
request was here whole and when the answer to it had left (seconds of the system's monotonic clock), and the
bytes of each request.
"""

import json
import socket
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

FILE = "notes.txt"
"""What every round asks to read."""

Events = list[dict[str, Any]]


def anthropic(number: int, last: bool) -> Events:
    """An answer of the Messages API."""
    usage = {"input_tokens": 100, "output_tokens": 10}
    start = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": "m", "content": []}
    block: dict[str, Any] = {"type": "tool_use", "id": f"call_{number}", "name": "read_file", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": json.dumps({"path": FILE})}
    if last:
        block, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": "Done."}
    stop = {"stop_reason": "end_turn" if last else "tool_use", "stop_sequence": None}
    opened = {**start, "stop_reason": None, "stop_sequence": None, "usage": usage}
    return [
        {"type": "message_start", "message": opened},
        {"type": "content_block_start", "index": 0, "content_block": block},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": stop, "usage": usage},
        {"type": "message_stop"},
    ]


def openai(number: int, last: bool) -> Events:
    """An answer of the Responses API."""
    call = {"type": "function_call", "id": f"fc_{number}", "call_id": f"call_{number}", "name": "read_file"}
    item: dict[str, Any] = {**call, "arguments": json.dumps({"path": FILE}), "status": "completed"}
    if last:
        text = {"type": "output_text", "text": "Done.", "annotations": []}
        item = {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "status": "completed",
            "content": [text],
        }
    whole = {"id": f"resp_{number}", "object": "response", "created_at": 1, "model": "m", "output": [item]}
    settings = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": []}
    counts = {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    done = {**whole, **settings, "status": "completed", "usage": {**counts, **details}}
    begun = {**whole, **settings, "status": "in_progress", "output": []}
    return [
        {"type": "response.created", "sequence_number": 0, "response": begun},
        {"type": "response.output_item.done", "sequence_number": 1, "output_index": 0, "item": item},
        {"type": "response.completed", "sequence_number": 2, "response": done},
    ]


def compatible(number: int, last: bool) -> Events:
    """An answer of Chat Completions."""
    called = {"name": "read_file", "arguments": json.dumps({"path": FILE})}
    calls = [{"index": 0, "id": f"call_{number}", "type": "function", "function": called}]
    delta: dict[str, Any] = {"content": "Done."} if last else {"tool_calls": calls}
    head = {"id": f"c{number}", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    end = {"index": 0, "delta": {}, "finish_reason": "stop" if last else "tool_calls"}
    usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110}
    return [
        {**head, "choices": [{"index": 0, "delta": {"role": "assistant", **delta}, "finish_reason": None}]},
        {**head, "choices": [end]},
        {**head, "choices": [], "usage": usage},
    ]


def gemini(number: int, last: bool) -> Events:
    """An answer of generate content."""
    call = {"name": "read_file", "args": {"path": FILE}, "id": f"call_{number}"}
    part: dict[str, Any] = {"text": "Done."} if last else {"functionCall": call, "thoughtSignature": "AAEC"}
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 10, "totalTokenCount": 110}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    return [
        {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": f"r{number}"}
    ]


ANSWERS: dict[str, Callable[[int, bool], Events]] = {
    "anthropic": anthropic,
    "gemini": gemini,
    "openai": openai,
    "compatible": compatible,
}


def written(provider: str, number: int, last: bool) -> bytes:
    """One whole HTTP answer."""
    lines: list[str] = []
    for event in ANSWERS[provider](number, last):
        named = f"event: {event['type']}\n" if provider in ("anthropic", "openai") else ""
        lines.append(f"{named}data: {json.dumps(event)}\n\n")
    if provider == "compatible":
        lines.append("data: [DONE]\n\n")
    body = "".join(lines).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def serve(provider: str, rounds: int, think: float) -> None:
    """Serve one conversation of `rounds` tool rounds and an answer, over as many connections as come.

    Each answer begins `think` seconds after its request.
    """
    answers = [written(provider, number, number == rounds) for number in range(rounds + 1)]
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    came: list[float] = []
    left: list[float] = []
    sizes: list[int] = []
    while len(came) <= rounds:
        connection, _ = listener.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (asked := _request(connection)) is not None:
                method, size = asked
                if method != "POST":
                    connection.sendall(_MODELS)
                    continue
                came.append(time.monotonic())
                sizes.append(size)
                if think:
                    time.sleep(think)
                connection.sendall(answers[len(came) - 1])
                left.append(time.monotonic())
                if len(came) > rounds:
                    break
    print(json.dumps([came, left]), flush=True)
    print(json.dumps(sizes), flush=True)


_LISTED = b'{"object":"list","data":[{"id":"m","object":"model","created":1,"owned_by":"x"}]}'
_MODELS = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (
    len(_LISTED),
    _LISTED,
)


def _request(connection: socket.socket) -> tuple[str, int] | None:
    """Method and body length of the next request; None where the client has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(1 << 20)
        if not piece:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    fields = {
        k.strip().lower(): v.strip() for k, _, v in (x.partition(b":") for x in head.split(b"\r\n")[1:])
    }
    length = int(fields.get(b"content-length", b"0"))
    got = len(body)
    while got < length:
        got += len(connection.recv(1 << 20))
    return head.split(b" ", 1)[0].decode(), length


def main(words: Sequence[str]) -> None:
    """See the head of this file."""
    serve(words[0], int(words[1]), float(words[2]) if len(words) > 2 else 0.0)


if __name__ == "__main__":
    main(sys.argv[1:])
