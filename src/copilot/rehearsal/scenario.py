"""A scenario: which answers the rehearsal gives to what, read from a TOML file that a person can write.

docs/rehearsal.md explains the format with examples.
"""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, ValidationError
from pydantic import JsonValue as Json
from pydantic_core import ErrorDetails

from copilot.rehearsal.asked import Protocol
from copilot.vocabulary.errors import ConfigError

SHIPPED: tuple[str, ...] = ("welcome", "tour", "calculator")
"""The names of the scenarios that come with the program."""

FIRST = ("status", "html", "empty", "silent", "bomb", "garbled", "twice")
"""Faults of a whole answer: they stand before everything else."""

TEMPLATE = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
"""`{{name}}` in an answer: what a named group of the rule's regular expressions caught."""

_HINT = "docs/rehearsal.md describes the format."


def _many(value: object) -> object:
    """A single name or number stands for a list of one."""
    return (value,) if isinstance(value, (str, int)) else value


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Names = Annotated[tuple[str, ...], BeforeValidator(_many)]
Numbers = Annotated[tuple[int, ...], BeforeValidator(_many)]
Pattern = Annotated[str, BeforeValidator(_compiles)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Strict):
    """The conditions of a rule; all that are given must hold.

    `asked` is a part of what the person said last (any case), `asked_regex` is searched in it. `tool`,
    `result`, `result_regex` and `exit_code` must hold for one result of the newest batch. `offered` names
    tools that all are offered, `missing` tools that none is. `request` counts the answers of this server
    from 1, `round` the requests of the turn. `times` is how often the rule may be used.
    """

    asked: str = ""
    asked_regex: Pattern = ""
    tool: Names = ()
    result: str = ""
    result_regex: Pattern = ""
    exit_code: int | Literal["failed"] | None = None
    offered: Names = ()
    missing: Names = ()
    request: Numbers = ()
    round: Numbers = ()
    protocol: Annotated[tuple[Protocol, ...], BeforeValidator(_many)] = ()
    model: str = ""
    times: int | None = Field(default=None, ge=1)

    @property
    def about_results(self) -> bool:
        """Whether a tool result is needed."""
        return bool(self.tool or self.result or self.result_regex) or self.exit_code is not None

    @property
    def captures(self) -> set[str]:
        """The names that `{{name}}` may use."""
        groups = {*re.compile(self.asked_regex).groupindex, *re.compile(self.result_regex).groupindex}
        return {"asked", *groups}


class SayPart(_Strict):
    """Text, in pieces of about `piece` characters with `delay` seconds between them when streamed."""

    text: str
    piece: int | None = Field(default=None, ge=1)
    delay: float | None = Field(default=None, ge=0)


class ThinkPart(_Strict):
    """Thinking, signed where the protocol signs it. `redacted` is given in a form that nobody can read."""

    thinking: str
    redacted: bool = False
    piece: int | None = Field(default=None, ge=1)
    delay: float | None = Field(default=None, ge=0)


class CallPart(_Strict):
    """A tool call. `raw` is sent instead of the arguments, word for word, to show a broken one.

    `id` stands for the id that it would be given.
    """

    call: str
    arguments: dict[str, Json] = Field(default_factory=dict)
    raw: str | None = None
    id: str = ""


class UnknownPart(_Strict):
    """A piece of a kind that no client knows: a content block, an output item, a part, a field of a delta."""

    unknown: str
    data: dict[str, Json] = Field(default_factory=dict)


class WaitPart(_Strict):
    """Nothing for some seconds."""

    wait: float = Field(ge=0)


class FinishPart(_Strict):
    """Why the answer ends: "max_tokens", "refused", or a word of the service's own."""

    finish: str


class FaultPart(_Strict):
    """Something goes wrong here.

    "status" answers with that HTTP status in the service's own error body; "html" is a captive portal's page;
    "empty" a stream without a byte; "silent" no answer at all; "bomb" a stream that unpacks to 65 MiB;
    "garbled" takes the last byte of every character beyond ASCII out of what follows, "twice" sends each of
    its events twice. These seven must come first. "drop" closes the connection, "reset" breaks it; "end" ends
    the stream politely and too early, "cut" in the middle of a frame; "stall" sends nothing more; "trickle"
    sends only keep-alives; "error" is an error inside the stream; "malformed" a frame that is not JSON.
    """

    fault: Literal[
        "status",
        "html",
        "empty",
        "silent",
        "bomb",
        "garbled",
        "twice",
        "drop",
        "reset",
        "end",
        "cut",
        "stall",
        "trickle",
        "error",
        "malformed",
    ]
    status: int = Field(default=500, ge=300, le=599)
    retry_after: float | None = None
    type: str = ""
    code: str = ""
    message: str = ""
    headers: dict[str, str] = Field(default_factory=dict)
    seconds: float | None = Field(default=None, ge=0)


def _kind(value: object) -> str | None:
    """Which part a table is, by its first word."""
    if not isinstance(value, dict):
        return getattr(type(value), "__name__", None)
    return next(
        (key for key in ("text", "thinking", "call", "unknown", "wait", "finish", "fault") if key in value),
        None,
    )


Part = Annotated[
    Annotated[SayPart, Tag("text")]
    | Annotated[ThinkPart, Tag("thinking")]
    | Annotated[CallPart, Tag("call")]
    | Annotated[UnknownPart, Tag("unknown")]
    | Annotated[WaitPart, Tag("wait")]
    | Annotated[FinishPart, Tag("finish")]
    | Annotated[FaultPart, Tag("fault")],
    Discriminator(
        _kind,
        custom_error_type="part",
        custom_error_message="needs one of text, thinking, call, unknown, wait, finish, fault",
    ),
]


class Step(_Strict):
    """What one round of a rule with steps answers; its conditions come on top of the rule's."""

    when: When = When()
    answer: tuple[Part, ...]


class Rule(_Strict):
    """Conditions and an answer, or conditions and the answers of the turn's rounds, one step each."""

    name: str = ""
    when: When = When()
    answer: tuple[Part, ...] = ()
    step: tuple[Step, ...] = ()

    def flat(self) -> tuple[Self, ...]:
        """The rule itself, or one rule for each step."""
        if not self.step:
            return (self,)
        return tuple(self._of(step, i) for i, step in enumerate(self.step, start=1))

    def _of(self, step: Step, number: int) -> Self:
        own = {name: getattr(step.when, name) for name in step.when.model_fields_set}
        when = self.when.model_copy(update={"round": (number,), **own})
        name = f"{self.name}, step {number}" if self.name else f"step {number}"
        return self.model_copy(update={"name": name, "when": when, "answer": step.answer, "step": ()})


class CacheRules(_Strict):
    """How Gemini's explicit caches behave: the `minimum` of tokens (else the model's own, by the prices),
    and what of them answers with the HTTP `status` instead of doing what it is asked to.
    """

    minimum: int | None = Field(default=None, ge=0)
    fail: Annotated[
        tuple[Literal["create", "list", "get", "update", "delete"], ...], BeforeValidator(_many)
    ] = ()
    status: int = Field(default=500, ge=400, le=599)


class DocumentRules(_Strict):
    """Where code is to be documented, this is done from the code itself, before any rule is asked.

    `wrong` is the share of statements that are made wrong, chosen by `seed`; `stubborn` repeats them when
    they are sent back. Each answer begins after `wait` seconds.
    """

    wrong: float = Field(default=0.0, ge=0, le=1)
    seed: int = 0
    stubborn: bool = False
    wait: float = Field(default=0.0, ge=0)


class BatchRules(_Strict):
    """How batches go: after so many `looks` one has ended; requests in it that have `fail` in them fail."""

    looks: int = Field(default=1, ge=0)
    fail: str = ""


class Scenario(_Strict):
    """A whole file. Rules are tried from the top; the first that fits answers.

    `delay` (seconds) and `piece` (characters) say how text is streamed where a part does not say it itself.
    With `document`, requests for documentation are answered from the code that they hold.
    """

    title: str = ""
    about: str = ""
    delay: float = Field(default=0.0, ge=0)
    piece: int = Field(default=24, ge=1)
    caches: CacheRules = CacheRules()
    document: DocumentRules | None = None
    batches: BatchRules = BatchRules()
    rule: tuple[Rule, ...]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, those with steps taken apart."""
        return tuple(flat for rule in self.rule for flat in rule.flat())


def shipped(name: str) -> Scenario:
    """One of the `SHIPPED` scenarios. Raises ConfigError for an unknown name."""
    if name not in SHIPPED:
        raise ConfigError(f"there is no shipped scenario {name!r}", f"There are: {', '.join(SHIPPED)}.")
    return load_scenario(Path(__file__).parent / "scenarios" / f"{name}.toml")


def load_scenario(path: Path) -> Scenario:
    """Read and check a scenario. Raises ConfigError naming the file, the line and the field."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}", _HINT) from error
    return parse_scenario(text, str(path))


def parse_scenario(text: str, name: str = "scenario") -> Scenario:
    """The scenario in a TOML text. Raises ConfigError; `name` stands for the file in its message."""
    try:
        scenario = Scenario.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{name}: not TOML: {error}", _HINT) from error
    except ValidationError as error:
        raise ConfigError(f"{name}{_explain(error.errors()[0], text)}", _HINT) from error
    _check(scenario, text, name)
    return scenario


def _explain(error: ErrorDetails, text: str) -> str:
    """`, line 12, rule 2: when.round: message`: where in the file, which field, what is wrong."""
    steps = list(error["loc"])
    words = [
        str(step + 1 if isinstance(step, int) else step)
        for i, step in enumerate(steps)
        if not _is_tag(steps, i)
    ]
    where = ""
    if len(words) > 1 and words[0] == "rule" and isinstance(steps[1], int):
        where, words = _rule_at(text, steps[1]), words[2:]
    field = ".".join(words)
    message = error["msg"].removeprefix("Value error, ")
    return f"{where}: {field + ': ' if field else ''}{message}"


def _is_tag(steps: list[int | str], i: int) -> bool:
    """Whether a step of an error's path only says which kind of part was read."""
    return i >= 2 and steps[i - 2] == "answer" and isinstance(steps[i - 1], int)


def _rule_at(text: str, index: int) -> str:
    """`, line 12, rule 2` for the rule with this index."""
    heads = [
        n for n, line in enumerate(text.splitlines(), start=1) if re.match(r"\s*\[\[\s*rule\s*\]\]", line)
    ]
    line = f", line {heads[index]}" if index < len(heads) else ""
    return f"{line}, rule {index + 1}"


def _check(scenario: Scenario, text: str, name: str) -> None:
    """What the types cannot say: one kind of answer a rule, faults in their place, captures that exist."""
    for index, rule in enumerate(scenario.rule):
        problem = _problem(rule)
        if problem:
            raise ConfigError(f"{name}{_rule_at(text, index)}: {problem}", _HINT)


def _problem(rule: Rule) -> str:
    if bool(rule.answer) == bool(rule.step):
        return "needs either answer or step"
    for flat in rule.flat():
        if not flat.answer:
            return "answer: is empty"
        for number, part in enumerate(flat.answer, start=1):
            if isinstance(part, FaultPart) and part.fault in FIRST and number > 1:
                return f"answer.{number}.fault: {part.fault!r} must come first, before anything is sent"
            unknown = used_names(part) - flat.when.captures
            if unknown:
                return (
                    f"answer.{number}: {{{{{min(unknown)}}}}} is caught by no regular expression of the rule"
                )
    return ""


def used_names(part: Part) -> set[str]:
    """The names in `{{name}}` anywhere in a part."""
    return set(TEMPLATE.findall(part.model_dump_json()))
