"""Which rule of a scenario fits a request, and the answer it gives with its captures filled in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from copilot.rehearsal.asked import Asked, JsonObject, Refusal, Result
from copilot.rehearsal.scenario import (
    TEMPLATE,
    CallPart,
    FaultPart,
    FinishPart,
    Rule,
    SayPart,
    Scenario,
    ThinkPart,
    UnknownPart,
    WaitPart,
    When,
)
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

_EXIT_CODE = re.compile(r"(?i)\bexit(?:ed)?(?:\s+with)?(?:[\s_-]*(?:code|status))?\W{0,3}?(-?\d+)\b")
_PIECE = re.compile(r"\s*\S+\s*|\s+")


@frozen
class Say:
    """Text in the pieces in which it is streamed, with `delay` seconds between them."""

    pieces: tuple[str, ...]
    delay: float

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.pieces)


@frozen
class Think(Say):
    """Thinking, in pieces as text is. `redacted` is never shown."""

    redacted: bool = False


@frozen
class Call:
    """A tool call. `raw`, where given, stands for the arguments' JSON and need not be any."""

    tool: str
    arguments: JsonObject
    raw: str | None
    id: str = ""


@frozen
class Wait:
    """Nothing is sent for `seconds`."""

    seconds: float


@frozen
class Unknown:
    """A piece of a kind that no client knows, with its fields."""

    kind: str
    data: JsonObject


AnswerPart = Say | Think | Call | Unknown | Wait | FaultPart


@frozen
class Answer:
    """What to send, from which rule. `number` numbers the ids; `finish` is "" for the usual end."""

    parts: tuple[AnswerPart, ...]
    rule: str
    finish: str
    number: int

    @property
    def calls(self) -> tuple[Call, ...]:
        """The tool calls, in order."""
        return tuple(part for part in self.parts if isinstance(part, Call))

    def call_id(self, prefix: str, index: int) -> str:
        """The id of the part at `index`, for example `call_0007_1`."""
        return f"{prefix}_{self.number:04d}_{index}"


def choose(rules: Sequence[Rule], asked: Asked, request: int, used: Mapping[int, int]) -> int:
    """The index of the first rule that fits the `request`-th request.

    `used` says how often each was used. Raises Refusal (501) when none fits.
    """
    for index, rule in enumerate(rules):
        if rule.when.times is not None and used.get(index, 0) >= rule.when.times:
            continue
        if _fits(rule.when, asked, request):
            return index
    batch = "; ".join(f"{r.tool} gave {r.text[:80]!r}" for r in asked.results)
    raise scenario_fault(
        f"no rule fits request {request} (round {asked.round}, asked {asked.text[:80]!r}"
        f"{', ' + batch if batch else ''})"
    )


def scenario_fault(message: str) -> Refusal:
    """The scenario's own mistake. 501: nobody should send the request again."""
    headers = {"x-should-retry": "false"}
    return Refusal(f"The rehearsal's scenario is at fault: {message}", status=501, headers=headers)


def fill(scenario: Scenario, rule: Rule, asked: Asked, number: int) -> Answer:
    """The rule's answer for this request. Raises Refusal (501) for a call of a tool that was not offered."""
    caught = _captures(rule.when, asked)
    parts: list[AnswerPart] = []
    finish = ""
    for part in rule.answer:
        if isinstance(part, FinishPart):
            finish = part.finish
        else:
            parts.append(_filled(part, scenario, caught))
    name = rule.name or "without a name"
    for part in parts:
        if isinstance(part, Call) and part.tool not in asked.offered:
            offered = ", ".join(asked.offered) or "none"
            raise scenario_fault(
                f"rule {name!r} calls {part.tool!r}, which the client did not offer ({offered})"
            )
    return Answer(parts=tuple(parts), rule=rule.name, finish=finish, number=number)


def pieces(text: str, size: int) -> tuple[str, ...]:
    """The text cut between words into pieces of at least `size` characters."""
    found: list[str] = []
    at = ""
    for word in _PIECE.findall(text):
        at += word
        if len(at) >= size:
            found.append(at)
            at = ""
    return (*found, at) if at else tuple(found)


def exit_code(text: str) -> int | None:
    """The exit code that a tool result names, None when it names none."""
    match = _EXIT_CODE.search(text)
    return int(match[1]) if match else None


def _fits(when: When, asked: Asked, request: int) -> bool:
    return (
        when.asked.casefold() in asked.text.casefold()
        and _found(when.asked_regex, asked.text)
        and set(when.offered) <= set(asked.offered)
        and not set(when.missing) & set(asked.offered)
        and (not when.request or request in when.request)
        and (not when.round or asked.round in when.round)
        and (not when.protocol or asked.protocol in when.protocol)
        and when.model in asked.model
        and (not when.about_results or _first_result(when, asked.results) is not None)
    )


def _found(pattern: str, text: str) -> bool:
    return not pattern or re.search(pattern, text) is not None


def _first_result(when: When, results: Iterable[Result]) -> Result | None:
    return next((result for result in results if _result_fits(when, result)), None)


def _result_fits(when: When, result: Result) -> bool:
    code = exit_code(result.text)
    return (
        (not when.tool or result.tool in when.tool)
        and when.result.casefold() in result.text.casefold()
        and _found(when.result_regex, result.text)
        and (
            when.exit_code is None
            or (code not in (0, None) if when.exit_code == "failed" else code == when.exit_code)
        )
    )


def _captures(when: When, asked: Asked) -> dict[str, str]:
    caught = {"asked": asked.text}
    looked = [(when.asked_regex, asked.text)]
    result = _first_result(when, asked.results)
    if result is not None:
        looked.append((when.result_regex, result.text))
    for pattern, text in looked:
        match = re.search(pattern, text) if pattern else None
        if match:
            caught |= {name: value or "" for name, value in match.groupdict().items()}
    return caught


def _filled(
    part: SayPart | ThinkPart | CallPart | UnknownPart | WaitPart | FaultPart,
    scenario: Scenario,
    caught: Mapping[str, str],
) -> AnswerPart:
    match part:
        case SayPart() | ThinkPart():
            text = part.text if isinstance(part, SayPart) else part.thinking
            cut = pieces(_replaced(text, caught), part.piece or scenario.piece)
            delay = scenario.delay if part.delay is None else part.delay
            if isinstance(part, SayPart):
                return Say(pieces=cut, delay=delay)
            return Think(pieces=cut, delay=delay, redacted=part.redacted)
        case CallPart():
            arguments = {key: _deep(value, caught) for key, value in part.arguments.items()}
            return Call(tool=part.call, arguments=arguments, raw=part.raw, id=part.id)
        case UnknownPart():
            return Unknown(kind=part.unknown, data=part.data)
        case WaitPart():
            return Wait(seconds=part.wait)
        case FaultPart():
            return part
        case _:
            assert_never(part)


def _replaced(text: str, caught: Mapping[str, str]) -> str:
    return TEMPLATE.sub(lambda match: caught.get(match[1], match[0]), text)


def _deep(value: JsonValue, caught: Mapping[str, str]) -> JsonValue:
    """The value with every string in it filled in."""
    if isinstance(value, str):
        return _replaced(value, caught)
    if isinstance(value, list):
        return [_deep(item, caught) for item in value]
    if isinstance(value, dict):
        return {key: _deep(item, caught) for key, item in value.items()}
    return value
