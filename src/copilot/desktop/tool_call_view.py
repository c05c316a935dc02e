"""One tool call as the window shows it, and what it was about in a few words. Pure values."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Literal

from copilot.desktop.text import one_line, plural
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue, Message, ResultStatus

CallStatus = Literal["asked", "waiting", "running"] | ResultStatus

_TARGETS = ("pattern", "path", "query", "url", "command")


@frozen
class ToolCallView:
    """A tool call from its request to its result. `at` is UTC seconds; `output` is what the model reads."""

    call_id: str
    name: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    at: float
    branch: str = ""
    status: CallStatus = "asked"
    stdout: str = ""
    stderr: str = ""
    output: str = ""
    exit_code: int | None = None
    seconds: float | None = None
    script: str = ""

    @property
    def target(self) -> str:
        """What the call is about, in one line."""
        return target(self.arguments)

    @property
    def done(self) -> bool:
        """Whether the result is there."""
        return self.status not in ("asked", "waiting", "running")


def with_known(known: tuple[ToolCallView, ...], found: tuple[ToolCallView, ...]) -> tuple[ToolCallView, ...]:
    """The calls of a project that was opened again: what was seen of a call is more than its message says,
    but for a result that came meanwhile."""
    if not known:
        return found
    results = {call.call_id: call for call in found if call.done}
    seen = {call.call_id for call in known}
    kept = tuple(call if call.done else results.get(call.call_id, call) for call in known)
    return (*kept, *(call for call in found if call.call_id not in seen))


def target(arguments: Mapping[str, JsonValue]) -> str:
    """The most telling argument in one line: a path, a pattern, the first line of a script."""
    for name in _TARGETS:
        value = arguments.get(name)
        if isinstance(value, str) and value:
            return one_line(value) + _also(arguments, name)
    script = arguments.get("script")
    if isinstance(script, str):
        lines = [line for line in script.strip().split("\n") if line.strip()]
        told = next((line for line in lines if not line.startswith("#!")), "")
        return one_line(told) + (f"  (+{plural(len(lines) - 1, 'line')})" if len(lines) > 1 else "")
    first = next(iter(arguments.values()), "")
    return one_line(str(first))


def _also(arguments: Mapping[str, JsonValue], name: str) -> str:
    if name == "pattern" and isinstance(path := arguments.get("path"), str) and path not in ("", "."):
        return f" in {one_line(path)}"
    args = arguments.get("args")
    if isinstance(args, list) and args:
        return " " + one_line(" ".join(str(a) for a in args))
    return ""


def calls_of(messages: Sequence[Message], branch: str = "") -> tuple[ToolCallView, ...]:
    """The tool calls of kept messages, with the results that are there."""
    results = {result.call_id: result for message in messages for result in message.results}
    found: list[ToolCallView] = []
    for message in messages:
        for call in message.calls:
            result = results.get(call.call_id)
            found.append(
                ToolCallView(
                    call_id=call.call_id,
                    name=call.name,
                    arguments=call.arguments,
                    at=message.at,
                    branch=branch,
                    status=result.status if result else "asked",
                    output=result.output if result else "",
                )
            )
    return tuple(found)
