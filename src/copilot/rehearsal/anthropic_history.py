"""Anthropic Messages, incoming: the history. Roles, pairs of calls and results, signed thinking."""

import re
from typing import cast

from copilot.rehearsal.asked import JsonObject, Refusal, Result, as_object, as_text, is_person, objects
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.pictures import of_anthropic
from copilot.rehearsal.signing import canonical, chain, signed
from copilot.vocabulary.frozen import field, mutable
from copilot.vocabulary.messages import JsonValue

_FIELDS = {
    "text": {"type", "text", "cache_control", "citations"},
    "thinking": {"type", "thinking", "signature"},
    "redacted_thinking": {"type", "data"},
    "tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
    "image": {"type", "source", "cache_control"},
    "document": {"type", "source", "cache_control", "title", "context", "citations"},
}
_ALLOWED = {
    "user": ("text", "tool_result", "image", "document"),
    "assistant": ("text", "thinking", "redacted_thinking", "tool_use"),
    "system": ("text",),
}
_ID = re.compile(r"[a-zA-Z0-9_-]+")


@mutable(kw_only=True)
class Turn:
    """Neighbouring messages of one role, joined as the service joins them. `at` is the first one's index."""

    role: str
    at: int
    blocks: list[JsonObject]
    places: list[str]


@mutable(kw_only=True)
class History:
    """What the messages say; fields as in `Asked`. `called` holds place and name of every call."""

    text: str = ""
    results: tuple[Result, ...] = ()
    round: int = 1
    prefix: str = ""
    blocks: list[JsonObject] = field(default_factory=list[JsonObject])
    ids: tuple[str, ...] = ()
    called: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def read_messages(body: JsonObject, start: str, memory: Memory) -> History:
    """Check the messages. `start` is the hash of what comes before them. Raises Refusal."""
    turns = _turns(body, memory)
    if turns[0].role != "user":
        raise Refusal('messages: first message must use the "user" role')
    for before, turn in zip([None, *turns], turns, strict=False):
        _check_results(before, turn)
    _check_ids(turns)
    asked_at, text = _asked(turns)
    prefix = start
    for i, turn in enumerate(turns):
        if turn.role == "assistant":
            _check_thinking(turn, prefix, memory, current=i > asked_at)
            _check_end(last=i == len(turns) - 1, paused=f"paused {prefix}" in memory.thoughts)
        prefix = chain(prefix, _plain(turn))
    calls = [(place, block) for turn in turns for place, block in _of(turn, "tool_use")]
    names = {str(call["id"]): str(call["name"]) for _, call in calls}
    return History(
        text=text,
        results=_results(turns[-1], names),
        round=1 + sum(turn.role == "assistant" for turn in turns[asked_at + 1 :]),
        prefix=prefix,
        blocks=[block for turn in turns for block in turn.blocks],
        ids=tuple(names),
        called=[(place, str(call["name"])) for place, call in calls],
    )


def _turns(body: JsonObject, memory: Memory) -> list[Turn]:
    messages = objects(body["messages"], "messages")
    if not messages:
        raise Refusal("messages: at least one message is required")
    turns: list[Turn] = []
    for i, message in enumerate(messages):
        where = f"messages.{i}"
        role = message.get("role")
        if role not in ("user", "assistant", "system"):
            raise Refusal(f"{where}.role: Input should be 'user', 'assistant' or 'system'")
        unknown = set(message) - {"role", "content"}
        if unknown:
            raise Refusal(f"{where}.{min(unknown)}: Extra inputs are not permitted")
        blocks = _blocks(str(role), message.get("content"), where, memory)
        places = [f"{where}.content.{n}" for n in range(len(blocks))]
        if turns and turns[-1].role == role:
            turns[-1].blocks += blocks
            turns[-1].places += places
        else:
            turns.append(Turn(role=str(role), at=i, blocks=blocks, places=places))
    return turns


def _blocks(role: str, content: JsonValue, where: str, memory: Memory) -> list[JsonObject]:
    """The content as blocks, each of a kind that the role may say, or one that we gave ourselves."""
    if isinstance(content, str):
        content = [{"type": "text", "text": content}] if content else []
    blocks = objects(content, f"{where}.content")
    if not blocks:
        raise Refusal(f"{where}: all messages must have non-empty content")
    for i, block in enumerate(blocks):
        place = f"{where}.content.{i}"
        kind = block.get("type")
        allowed = _ALLOWED[role]
        given = {key: value for key, value in block.items() if key != "cache_control"}
        if role == "assistant" and memory.thoughts.get(canonical(given)) == "unknown":
            continue
        if not isinstance(kind, str) or kind not in allowed:
            expected = ", ".join(f"'{a}'" for a in allowed)
            raise Refusal(
                f"{place}: Input tag {kind!r} found using 'type' does not match any of the expected tags "
                f"for role {role!r}: {expected}"
            )
        unknown = set(block) - _FIELDS[kind]
        if unknown:
            raise Refusal(f"{place}.{kind}.{min(unknown)}: Extra inputs are not permitted")
        _check_block(kind, block, place)
    return [
        of_anthropic(block, f"{where}.content.{i}") if block["type"] in ("image", "document") else dict(block)
        for i, block in enumerate(blocks)
    ]


def _check_block(kind: str, block: JsonObject, place: str) -> None:
    match kind:
        case "text":
            if not as_text(block.get("text"), f"{place}.text.text").strip():
                raise Refusal(
                    f"{place}: text content blocks must be non-empty and contain non-whitespace text"
                )
        case "thinking":
            for name in ("thinking", "signature"):
                as_text(block.get(name), f"{place}.thinking.{name}")
        case "redacted_thinking":
            as_text(block.get("data"), f"{place}.redacted_thinking.data")
        case "tool_use":
            if not _ID.fullmatch(as_text(block.get("id"), f"{place}.tool_use.id")):
                raise Refusal(f"{place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
            as_text(block.get("name"), f"{place}.tool_use.name")
            as_object(block.get("input"), f"{place}.tool_use.input")
        case "tool_result":
            as_text(block.get("tool_use_id"), f"{place}.tool_result.tool_use_id")
            _check_result_content(block.get("content", ""), place)
        case _:
            return


def _check_result_content(content: JsonValue, place: str) -> None:
    if isinstance(content, str):
        return
    for i, part in enumerate(objects(content, f"{place}.tool_result.content")):
        if part.get("type") not in ("text", "image", "document"):
            raise Refusal(f"{place}.tool_result.content.{i}: unexpected type {part.get('type')!r}")
        if part.get("type") == "text" and not as_text(
            part.get("text"), f"{place}.tool_result.content.{i}.text"
        ):
            raise Refusal(f"{place}.tool_result.content.{i}: text content blocks must be non-empty")


def _check_end(*, last: bool, paused: bool) -> None:
    """Only an answer that paused may stand last among the turns of the model."""
    if last and not paused:
        raise Refusal(
            "This model does not support assistant message prefill. "
            "The conversation must end with a user message."
        )


def _check_results(before: Turn | None, turn: Turn) -> None:
    """Calls are answered in the very next message, first thing there, once each, and nothing else is."""
    calls = [str(block["id"]) for _, block in _of(before, "tool_use")] if before else []
    results = _of(turn, "tool_result")
    answered = [str(block["tool_use_id"]) for _, block in results]
    for (place, _), id_ in zip(results, answered, strict=True):
        if id_ not in calls:
            raise Refusal(
                f"{place}: unexpected `tool_use_id` found in `tool_result` blocks: {id_}. Each `tool_result` "
                "block must have a corresponding `tool_use` block in the previous message."
            )
        if answered.count(id_) > 1:
            raise Refusal(
                f"{place}: each tool_use must have a single result. Found multiple `tool_result` blocks "
                f"with id: {id_}"
            )
    first = [str(block.get("tool_use_id", "")) for block in turn.blocks[: len(calls)]]
    missing = [id_ for id_ in calls if id_ not in first]
    if missing:
        raise Refusal(
            f"messages.{turn.at}: `tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(missing)}. Each `tool_use` block must have a corresponding `tool_result` block "
            "in the "
            "next message."
        )


def _check_ids(turns: list[Turn]) -> None:
    seen: set[str] = set()
    for turn in turns:
        for place, block in _of(turn, "tool_use"):
            if block["id"] in seen:
                raise Refusal(f"{place}: `tool_use` ids must be unique")
            seen.add(str(block["id"]))


def _check_thinking(turn: Turn, prefix: str, memory: Memory, *, current: bool) -> None:
    """Thinking must be what was given, after what it was given for; in the current turn it must be there."""
    thought = False
    for i, (place, block) in enumerate(zip(turn.places, turn.blocks, strict=True)):
        if block["type"] in ("thinking", "redacted_thinking"):
            thought = True
            if not _is_ours(block, prefix, i):
                raise Refusal(
                    f"{place}: Invalid `signature` in `thinking` block: the block was altered, or what comes "
                    "before it is not what it was given for. `thinking` or `redacted_thinking` blocks in the "
                    "latest assistant message cannot be modified."
                )
        bare = block["type"] == "tool_use" and current and not thought
        if bare and memory.thoughts.get(str(block["id"])) == prefix:
            raise Refusal(
                f"{place}: Expected `thinking` or `redacted_thinking` before `tool_use` {block['id']}. "
                "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be "
                "removed."
            )


def _is_ours(block: JsonObject, prefix: str, index: int) -> bool:
    """Whether we gave this thinking, at this place, after these messages."""
    if block["type"] == "redacted_thinking":
        return signed(str(block["data"]), "anthropic redacted", prefix, str(index))
    return signed(str(block["signature"]), "anthropic", prefix, str(index), str(block["thinking"]))


def _asked(turns: list[Turn]) -> tuple[int, str]:
    """Where a person spoke last, and what."""
    for i in range(len(turns) - 1, -1, -1):
        if turns[i].role == "user":
            texts = [
                str(block["text"]) for _, block in _of(turns[i], "text") if is_person(str(block["text"]))
            ]
            if texts:
                return i, texts[-1]
    return 0, ""


def _results(last: Turn, names: dict[str, str]) -> tuple[Result, ...]:
    return tuple(
        Result(
            call_id=str(block["tool_use_id"]),
            tool=names.get(str(block["tool_use_id"]), ""),
            text=_result_text(block.get("content", "")),
        )
        for _, block in _of(last, "tool_result")
    )


def _result_text(content: JsonValue) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in cast(list[JsonObject], content))


def _of(turn: Turn, kind: str) -> list[tuple[str, JsonObject]]:
    """The turn's blocks of one kind with their places."""
    return [(p, b) for p, b in zip(turn.places, turn.blocks, strict=True) if b["type"] == kind]


def _plain(turn: Turn) -> JsonValue:
    """A turn as signatures see it: no cache marks, results' texts as one string, defaults left out."""
    blocks: list[JsonValue] = []
    for block in turn.blocks:
        plain: JsonObject = {
            key: value for key, value in block.items() if key != "cache_control" and value is not None
        }
        if block["type"] == "tool_result":
            plain["content"] = _result_text(block.get("content", ""))
            plain["is_error"] = block.get("is_error") is True
        blocks.append(plain)
    return [turn.role, blocks]
