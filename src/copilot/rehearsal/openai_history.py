"""OpenAI Responses, incoming: the input items. Messages, pairs of calls and outputs, reasoning."""

import json
from collections.abc import Iterable
from typing import cast

from copilot.rehearsal.asked import JsonObject, Refusal, Result, as_text, is_person, objects
from copilot.rehearsal.memory import Memory
from copilot.rehearsal.openai_answer import reasoning_signature
from copilot.rehearsal.pictures import of_openai
from copilot.rehearsal.signing import canonical
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

_SPOKEN = {"user": ("input_text", "input_image", "input_file"), "assistant": ("output_text", "refusal")}


@frozen
class Input:
    """What the items say; fields as in `Asked`."""

    text: str
    results: tuple[Result, ...]
    round: int
    blocks: tuple[str, ...]
    ids: tuple[str, ...]


def read_input(value: JsonValue, model: str, offered: set[str], memory: Memory) -> Input:
    """Check the input. Raises Refusal."""
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    items = [_item(item, i, memory) for i, item in enumerate(objects(value, "input"))]
    _check_ids(items)
    _check_calls(items, offered)
    _check_reasoning(items, model, memory)
    asked_at, text = _asked(items)
    ids = [str(item[key]) for item in items for key in ("id", "call_id") if key in item]
    return Input(
        text=text,
        results=_results(items),
        round=1 + _answers(items[asked_at + 1 :]),
        blocks=tuple(canonical(cast(JsonValue, item)) for item in items),
        ids=tuple(ids),
    )


def _item(item: JsonObject, i: int, memory: Memory) -> JsonObject:
    """The item with its type written out, its fields checked."""
    kind = item.get("type", "message")
    where = f"input[{i}]"
    match kind:
        case "message":
            item = _message(item, where)
        case "function_call":
            for name in ("call_id", "name", "arguments"):
                _needed(item, name, where)
            _check_arguments(str(item["arguments"]), f"{where}.arguments")
        case "function_call_output":
            _needed(item, "call_id", where)
            if not isinstance(item.get("output"), str):
                objects(item.get("output"), f"{where}.output")
        case "reasoning":
            _needed(item, "id", where)
            objects(item.get("summary"), f"{where}.summary")
        case _ if memory.thoughts.get(canonical(item)) == "unknown":
            pass
        case _:
            raise Refusal(
                f"Invalid value: {kind!r}. Supported values are: 'message', 'function_call', "
                "'function_call_output' and 'reasoning'.",
                param=f"{where}.type",
                code="invalid_value",
            )
    return {**item, "type": kind}


def _needed(item: JsonObject, name: str, where: str) -> None:
    if name not in item:
        raise Refusal(
            f"Missing required parameter: '{where}.{name}'.",
            param=f"{where}.{name}",
            code="missing_required_parameter",
        )
    if name != "arguments" and not as_text(item[name], f"{where}.{name}"):
        raise Refusal(
            f"Invalid '{where}.{name}': empty string. Expected a string with minimum length 1, but got an "
            "empty "
            "string instead.",
            param=f"{where}.{name}",
            code="empty_string",
        )
    as_text(item[name], f"{where}.{name}")


def _check_arguments(text: str, where: str) -> None:
    """Arguments are JSON in a string; the service hands them to the model and wants an object."""
    try:
        fits = isinstance(json.loads(text), dict)
    except ValueError:
        fits = False
    if not fits:
        raise Refusal(
            f"Invalid '{where}': not the JSON text of an object: {text[:80]!r}.",
            param=where,
            code="invalid_value",
        )


def _message(item: JsonObject, where: str) -> JsonObject:
    """The message, checked, with hashes in place of images and files."""
    role = item.get("role")
    if role not in ("user", "assistant", "system", "developer"):
        raise Refusal(
            f"Invalid value: {role!r}. Supported values are: 'assistant', 'system', 'developer', and 'user'.",
            param=f"{where}.role",
            code="invalid_value",
        )
    content = item.get("content")
    if isinstance(content, str):
        return item
    parts: list[JsonValue] = []
    supported = _SPOKEN["assistant" if role == "assistant" else "user"]
    for n, part in enumerate(objects(content, f"{where}.content")):
        if part.get("type") not in supported:
            raise Refusal(
                f"Invalid value: {part.get('type')!r}. Supported values are: "
                f"{', '.join(repr(s) for s in supported)}.",
                param=f"{where}.content[{n}].type",
                code="invalid_value",
            )
        if part["type"] in ("input_text", "output_text"):
            as_text(part.get("text"), f"{where}.content[{n}].text")
        pictured = part["type"] in ("input_image", "input_file")
        parts.append(of_openai(part, f"{where}.content[{n}]") if pictured else part)
    return {**item, "content": parts}


def _check_ids(items: list[JsonObject]) -> None:
    seen: set[str] = set()
    for item in items:
        id_ = str(item.get("id", ""))
        if id_ and id_ in seen:
            raise Refusal(
                f"Duplicate item found with id {id_}. Remove duplicate items from your input and try again.",
                param="input",
            )
        seen.add(id_)


def _check_calls(items: list[JsonObject], offered: set[str]) -> None:
    """Every call has one output after it, every output one call before it, and the tools exist."""
    open_calls: list[str] = []
    called: list[str] = []
    for i, item in enumerate(items):
        if item["type"] == "function_call":
            call_id = str(item["call_id"])
            if item["name"] not in offered:
                raise Refusal(
                    f"Function '{item['name']}' in input[{i}] is not among the tools of this request.",
                    param="input",
                )
            if call_id in called:
                raise Refusal(f"Duplicate function call with call_id {call_id}.", param="input")
            called.append(call_id)
            open_calls.append(call_id)
        elif item["type"] == "function_call_output":
            if item["call_id"] not in open_calls:
                raise Refusal(
                    f"No tool call found for function call output with call_id {item['call_id']}.",
                    param="input",
                )
            open_calls.remove(str(item["call_id"]))
        elif item.get("role") in ("user", "assistant") and open_calls:
            break
    if open_calls:
        raise Refusal(f"No tool output found for function call {open_calls[0]}.", param="input")


def _check_reasoning(items: list[JsonObject], model: str, memory: Memory) -> None:
    """Reasoning comes back readable and before what it led to, and that not without it."""
    seen: set[str] = set()
    for i, item in enumerate(items):
        id_ = str(item.get("id", ""))
        required = memory.thoughts.get(id_)
        if required and required not in seen:
            raise Refusal(
                f"Item '{id_}' of type '{item['type']}' was provided without its required 'reasoning' item: "
                f"'{required}'.",
                param="input",
            )
        seen.add(id_)
        if item["type"] == "reasoning":
            _check_secret(item, id_, model, i)
            follower = items[i + 1] if i + 1 < len(items) else None
            if follower is None or not _is_answer(follower):
                raise Refusal(
                    f"Item '{id_}' of type 'reasoning' was provided without its required following item.",
                    param="input",
                )


def _is_answer(item: JsonObject) -> bool:
    """Whether only a model says this."""
    return item["type"] not in ("message", "function_call_output") or item.get("role") == "assistant"


def _check_secret(item: JsonObject, id_: str, model: str, i: int) -> None:
    secret = item.get("encrypted_content")
    if secret is None:
        raise Refusal(
            f"Item with id '{id_}' not found. Items are not persisted when `store` is set to false. Try "
            "again "
            "with `store` set to true, or remove this item from your input.",
            status=404,
            param="input",
        )
    if secret != reasoning_signature(model, id_):
        raise Refusal(
            f"The encrypted content of input[{i}] ({id_}) could not be verified. Reason: Encrypted "
            "content could "
            "not be decrypted or parsed.",
            code="invalid_encrypted_content",
        )


def _asked(items: list[JsonObject]) -> tuple[int, str]:
    """Where a person spoke last, and what."""
    for i in range(len(items) - 1, -1, -1):
        if items[i].get("role") == "user":
            texts = [text for text in _texts(items[i].get("content")) if is_person(text)]
            if texts:
                return i, texts[-1]
    return 0, ""


def _texts(content: JsonValue) -> list[str]:
    if isinstance(content, str):
        return [content]
    return [str(part["text"]) for part in cast(list[JsonObject], content or []) if "text" in part]


def _answers(items: Iterable[JsonObject]) -> int:
    """How many answers of the model are among the items: runs of what only a model says."""
    count, inside = 0, False
    for item in items:
        own = _is_answer(item)
        count += own and not inside
        inside = own
    return count


def _results(items: list[JsonObject]) -> tuple[Result, ...]:
    """The outputs after the last answer."""
    names = {str(item["call_id"]): str(item["name"]) for item in items if item["type"] == "function_call"}
    last = max((i for i, item in enumerate(items) if _is_answer(item)), default=-1)
    return tuple(
        Result(
            call_id=str(item["call_id"]),
            tool=names.get(str(item["call_id"]), ""),
            text="\n".join(_texts(item.get("output"))),
        )
        for item in items[last + 1 :]
        if item["type"] == "function_call_output"
    )
