"""Sends a scenario's answer over one connection: streamed or whole, with its waits and faults."""

from collections.abc import Mapping

from copilot.rehearsal.asked import Asked, Refusal
from copilot.rehearsal.matching import Answer, Say, Think, Wait
from copilot.rehearsal.scenario import FaultPart
from copilot.rehearsal.sending import CAPTIVE_PORTAL, Sending, bomb
from copilot.rehearsal.wire import Wire, arguments_text, encoded
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import Usage

_STATUS_TEXTS: Mapping[int, str] = {
    401: "The key is not valid.",
    413: "Request exceeds the maximum size",
    429: "This request would exceed the rate limit. Please try again later.",
    503: "The model is overloaded. Please try again later.",
    529: "Overloaded",
}


def send(
    speaks: Wire, asked: Asked, answer: Answer, usage: Usage, sending: Sending, headers: Mapping[str, str]
) -> None:
    """Send the answer. Raises Refusal for a "status" fault, ConnectionError when the client goes away."""
    first = answer.parts[0] if answer.parts else None
    if isinstance(first, FaultPart) and first.fault == "html":
        sending.whole(200, CAPTIVE_PORTAL, {}, kind="text/html; charset=utf-8")
    elif isinstance(first, FaultPart) and first.fault == "empty":
        sending.whole(200, b"", headers, kind="text/event-stream")
    elif isinstance(first, FaultPart) and first.fault == "silent":
        sending.stall(first, lambda: None)
    elif isinstance(first, FaultPart) and first.fault == "status":
        raise _status(first)
    elif isinstance(first, FaultPart) and first.fault == "bomb":
        packed = {**headers, "content-encoding": "gzip"}
        sending.whole(200, bomb(), packed, kind="text/event-stream")
    elif isinstance(first, FaultPart) and first.fault in ("garbled", "twice"):
        sending.garbled |= first.fault == "garbled"
        sending.twice |= first.fault == "twice"
        send(speaks, asked, replace(answer, parts=answer.parts[1:]), usage, sending, headers)
    elif asked.stream:
        _stream(speaks, asked, answer, usage, sending, headers)
    else:
        _whole(speaks, asked, answer, usage, sending, headers)


def spoken(answer: Answer) -> str:
    """What of an answer counts as output: text and arguments."""
    texts = [part.text for part in answer.parts if isinstance(part, Say) and not isinstance(part, Think)]
    return "".join([*texts, *(call.tool + arguments_text(call) for call in answer.calls)])


def thought(answer: Answer) -> str:
    """The thinking of an answer."""
    return "".join(part.text for part in answer.parts if isinstance(part, Think))


def _status(fault: FaultPart) -> Refusal:
    message = fault.message or _STATUS_TEXTS.get(
        fault.status, f"The rehearsal was told to answer {fault.status}."
    )
    return Refusal(
        message,
        status=fault.status,
        type=fault.type,
        code=fault.code or None,
        retry_after=fault.retry_after,
        headers=fault.headers,
    )


def _stream(
    speaks: Wire, asked: Asked, answer: Answer, usage: Usage, sending: Sending, headers: Mapping[str, str]
) -> None:
    sending.begin(headers)
    for frame in speaks.frames(asked, answer, usage):
        match frame:
            case bytes():
                sending.chunk(frame)
            case Wait():
                sending.wait(frame.seconds)
            case FaultPart(fault="drop"):
                sending.drop()
                return
            case FaultPart(fault="reset"):
                sending.reset()
                return
            case FaultPart(fault="cut"):
                sending.chunk(b'data: {"type": "content_block_del')
                break
            case FaultPart(fault="stall" | "trickle"):
                sending.stall(frame, lambda: sending.chunk(speaks.keepalive))
                return
            case FaultPart():  # "end": nothing more to say
                break
    sending.end()


def _whole(
    speaks: Wire, asked: Asked, answer: Answer, usage: Usage, sending: Sending, headers: Mapping[str, str]
) -> None:
    """The answer in one piece. A fault in the middle of a stream is one of the whole response here."""
    body = encoded(speaks.whole(asked, answer, usage))
    for part in answer.parts:
        match part:
            case Wait():
                sending.wait(part.seconds)
            case FaultPart(fault="drop"):
                sending.drop()
                return
            case FaultPart(fault="reset"):
                sending.reset()
                return
            case FaultPart(fault="stall" | "trickle"):
                sending.stall(part, lambda: None)
                return
            case FaultPart(fault="error"):
                raise _status(part)
            case FaultPart():  # "end", "cut" and "malformed"
                body = body[: len(body) // 2]
            case _:
                continue
    sending.whole(200, body, headers)
