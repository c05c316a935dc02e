"""Gemini generateContent, incoming: the contents. Turns, pairs of calls and responses, thought signatures."""

import re
from typing import cast

from copilot.rehearsal.asked import JsonObject, Refusal, Result, as_object, as_text, is_person, objects
from copilot.rehearsal.gemini_answer import call_signature
from copilot.rehearsal.pictures import of_gemini
from copilot.rehearsal.signing import canonical
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue

_DATA = (
    "text",
    "functionCall",
    "functionResponse",
    "inlineData",
    "fileData",
    "executableCode",
    "codeExecutionResult",
)
_PART_FIELDS = frozenset((*_DATA, "thought", "thoughtSignature", "partMetadata", "videoMetadata"))
_URL_SAFE = str.maketrans("-_", "+/")
"""Bytes in JSON may use either alphabet of base64; the SDK answers in the other one."""

_INLINE_FIELDS = frozenset(("mimeType", "data", "displayName"))
_CALL_FIELDS = frozenset(("id", "name", "args"))
_RESPONSE_FIELDS = frozenset(("id", "name", "response", "parts", "willContinue", "scheduling"))


@frozen
class Content:
    """One content: its role and its parts with camelCase names."""

    role: str
    parts: list[JsonObject]

    def of(self, kind: str) -> list[JsonObject]:
        """The values of the parts of one kind."""
        return [cast(JsonObject, part[kind]) for part in self.parts if kind in part]


@frozen
class Contents:
    """What the contents say; fields as in `Asked`."""

    text: str
    results: tuple[Result, ...]
    round: int
    blocks: tuple[str, ...]
    ids: tuple[str, ...]


def read_contents(body: JsonObject, model: str, offered: set[str]) -> Contents:
    """Check the contents. Raises Refusal."""
    contents = [_content(c, i) for i, c in enumerate(objects(body.get("contents", []), "contents"))]
    if not contents:
        raise Refusal("* GenerateContentRequest.contents: contents is not specified")
    if contents[0].role != "user":
        raise Refusal("Please ensure that the conversation starts with a user turn.")
    if contents[-1].role != "user":
        raise Refusal(
            "Please ensure that single turn requests end with a user role or the role field is empty."
        )
    for i in range(len(contents)):
        _check_turn(contents, i, offered)
    asked_at, text = _asked(contents)
    for i in range(asked_at + 1, len(contents)):
        _check_signature(contents[i], i, model)
    calls = [call for content in contents for call in content.of("functionCall")]
    return Contents(
        text=text,
        results=_results(contents[-1]),
        round=1 + sum(c.role == "model" for c in contents[asked_at + 1 :]),
        blocks=tuple(canonical(cast(JsonValue, [c.role, cast(JsonValue, c.parts)])) for c in contents),
        ids=tuple(str(call["id"]) for call in calls if "id" in call),
    )


def fields(value: JsonObject, known: frozenset[str], where: str = "") -> JsonObject:
    """The object with its names in camelCase, either form being taken. Raises Refusal for an unknown name."""
    found: JsonObject = {}
    for name, item in value.items():
        camel = re.sub(r"_([a-z])", lambda match: match[1].upper(), name)
        if camel not in known:
            at = f" at '{where}'" if where else ""
            raise Refusal(f'Invalid JSON payload received. Unknown name "{name}"{at}: Cannot find field.')
        found[camel] = item
    return found


def _content(value: JsonObject, index: int) -> Content:
    where = f"contents[{index}]"
    content = fields(value, frozenset(("role", "parts")), where)
    role = content.get("role", "user")
    if role not in ("user", "model"):
        raise Refusal("Please use a valid role: user, model.")
    parts = objects(content.get("parts", []), f"{where}.parts")
    if not parts:
        raise Refusal(f"* GenerateContentRequest.{where}.parts: contents.parts must not be empty.")
    return Content(
        role=str(role), parts=[_part(p, f"{where}.parts[{n}]", str(role)) for n, p in enumerate(parts)]
    )


def _part(value: JsonObject, where: str, role: str) -> JsonObject:
    part = fields(value, _PART_FIELDS, where)
    data = [name for name in _DATA if name in part]
    if len(data) != 1 or (part.get("text") == "" and "thoughtSignature" not in part):
        raise Refusal(
            f"* GenerateContentRequest.{where}.data: required oneof field 'data' must have one "
            "initialized field"
        )
    if data == ["text"]:
        as_text(part["text"], f"{where}.text")
    if data == ["inlineData"]:
        inline = fields(as_object(part["inlineData"], where), _INLINE_FIELDS, f"{where}.inline_data")
        part["inlineData"] = of_gemini(inline, f"{where}.inline_data")
    if data == ["functionCall"]:
        part["functionCall"] = _named(
            part["functionCall"], _CALL_FIELDS, f"{where}.function_call", role, "model"
        )
    if data == ["functionResponse"]:
        where = f"{where}.function_response"
        response = _named(part["functionResponse"], _RESPONSE_FIELDS, where, role, "user")
        as_object(response.get("response"), f"{where}.response")
        part["functionResponse"] = response
    return part


def _named(value: JsonValue, known: frozenset[str], where: str, role: str, speaker: str) -> JsonObject:
    found = fields(as_object(value, where), known, where)
    if not as_text(found.get("name", ""), f"{where}.name"):
        raise Refusal(f"* GenerateContentRequest.{where}.name: Name cannot be empty.")
    if role != speaker:
        raise Refusal(f"* GenerateContentRequest.{where}: belongs into a turn of role {speaker}, not {role}.")
    return found


def _check_turn(contents: list[Content], i: int, offered: set[str]) -> None:
    """Calls come right after a user turn and are answered by the next one, one response each."""
    before = contents[i - 1] if i else None
    calls = contents[i].of("functionCall")
    if calls and (before is None or before.role != "user"):
        raise Refusal(
            "Please ensure that function call turn comes immediately after a user turn or after a function "
            "response turn."
        )
    for call in calls:
        if call["name"] not in offered:
            raise Refusal(f"Function call {call['name']!r} in contents[{i}] names no declared function.")
    asked = before.of("functionCall") if before else []
    answered = contents[i].of("functionResponse")
    if answered and not asked:
        raise Refusal(
            "Please ensure that function response turn comes immediately after a function call turn."
        )
    if len(asked) != len(answered):
        raise Refusal(
            "Please ensure that the number of function response parts is equal to the number of function "
            "call "
            f"parts of the function call turn (contents[{i}]: {len(asked)} calls, {len(answered)} responses)."
        )
    for call, response in zip(asked, answered, strict=True):
        ids_differ = "id" in response and "id" in call and response["id"] != call["id"]
        if call["name"] != response["name"] or ids_differ:
            raise Refusal(
                f"Please ensure that function response parts match the function calls: contents[{i}] answers "
                f"{response['name']!r} ({response.get('id')}) where {call['name']!r} ({call.get('id')}) "
                "was called."
            )


def _check_signature(content: Content, i: int, model: str) -> None:
    """The first call of each content of the current turn carries the signature that it was given."""
    first = next((n for n, part in enumerate(content.parts) if "functionCall" in part), None)
    if first is None:
        return
    part = content.parts[first]
    call = cast(JsonObject, part["functionCall"])
    if "thoughtSignature" not in part:
        raise Refusal(
            "Function call is missing a thought_signature in functionCall parts. This is required for "
            "tools to "
            "work correctly, and missing thought_signature may lead to degraded model performance. "
            "Additional "
            f"data, function call `default_api:{call['name']}` , position {i + 1}."
        )
    args = as_object(call.get("args", {}), f"contents[{i}].parts[{first}].function_call.args")
    signature = str(part["thoughtSignature"]).translate(_URL_SAFE)
    if signature != call_signature(model, str(call["name"]), args):
        raise Refusal(
            f"Thought signature is not valid: function call `{call['name']}` in contents[{i}] is not the one "
            "that the signature was given with."
        )


def _asked(contents: list[Content]) -> tuple[int, str]:
    """Where a person spoke last, and what."""
    for i in range(len(contents) - 1, -1, -1):
        if contents[i].role == "user":
            texts = [
                str(part["text"])
                for part in contents[i].parts
                if is_person(str(part.get("text", "[FILES UPDATED")))
            ]
            if texts:
                return i, texts[-1]
    return 0, ""


def _results(last: Content) -> tuple[Result, ...]:
    return tuple(
        Result(
            call_id=str(r.get("id", "")),
            tool=str(r["name"]),
            text=_response_text(cast(JsonObject, r["response"])),
        )
        for r in last.of("functionResponse")
    )


def _response_text(response: JsonObject) -> str:
    for key in ("output", "error", "result"):
        if isinstance(response.get(key), str):
            return str(response[key])
    return canonical(response)
