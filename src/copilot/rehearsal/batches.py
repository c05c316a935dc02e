"""Batches as the three services have them: requests that are sent together and answered later.

Each is answered by what answers a request that is sent alone, when it is first looked for. Anthropic's are
JSON both ways, OpenAI's go through files of JSON lines, Gemini's stand inline and keep their order.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from typing import cast

from copilot.rehearsal.asked import JsonObject, Protocol, Refusal
from copilot.rehearsal.scenario import BatchRules
from copilot.rehearsal.wire import compact
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.messages import JsonValue

PATHS: tuple[tuple[Protocol, "re.Pattern[str]"], ...] = (
    ("anthropic", re.compile(r"/v1/messages/batches(?:/(?P<id>\w+)(?P<rest>/results)?)?")),
    ("openai", re.compile(r"/v1/batches(?:/(?P<id>\w+))?")),
    ("openai", re.compile(r"/v1/files(?:/(?P<id>\w+)(?P<rest>/content))?")),
    ("gemini", re.compile(r"/v1(?:alpha|beta)?/batches(?:/(?P<id>\w+))?")),
    ("gemini", re.compile(r"/v1(?:alpha|beta)?/models/(?P<model>[^/:]+):batchGenerateContent")),
)
_MADE = "2026-01-01T00:00:00Z"
_MULTIPART = re.compile(r"\r\n\r\n(.*?)\r\n--", re.DOTALL)

Answering = Callable[[JsonObject, str], JsonObject]
"""The whole answer to one request's body for a model. Raises Refusal."""


@mutable
class _Batch:
    """One batch: names and bodies, and how often it was looked at. `answers` once it has ended."""

    requests: list[tuple[str, JsonObject, str]]
    mark: JsonValue = None
    looks: int = 0
    answers: list[tuple[str, JsonObject | None, str]] = field(
        default_factory=list[tuple[str, "JsonObject | None", str]]
    )


@frozen
class Told:
    """What is sent back."""

    body: bytes
    kind: str = "application/json"


class Batches:
    """All batches and files of one server. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._batches: dict[str, _Batch] = {}
        self._files: dict[str, str] = {}

    def answer(
        self, protocol: Protocol, path: str, body: JsonValue, rules: BatchRules, one: Answering
    ) -> Told:
        """What the service says. Raises Refusal."""
        with self._lock:
            match protocol:
                case "anthropic":
                    return self._anthropic(path, body, rules, one)
                case "gemini":
                    return self._gemini(path, body, rules, one)
                case _:
                    return self._openai(path, body, rules, one)

    def _anthropic(self, path: str, body: JsonValue, rules: BatchRules, one: Answering) -> Told:
        found = PATHS[0][1].fullmatch(path)
        assert found is not None
        if found["id"] is None and body is None:
            listed: list[JsonValue] = [_anthropic_batch(id_, one) for id_, one in self._newest()]
            return _json({"data": listed, "has_more": False, "first_id": None, "last_id": None})
        if found["id"] is None:
            asked = [
                (str(r["custom_id"]), cast(JsonObject, r["params"]), "")
                for r in _objects(_inner(body, "requests"))
            ]
            _check_names([name for name, _, _ in asked], r"[a-zA-Z0-9_-]{1,64}")
            id_ = self._new("msgbatch", asked)
            return _json(_anthropic_batch(id_, self._batches[id_]))
        batch = self._of(found["id"])
        if found["rest"]:
            if not batch.answers:
                raise Refusal("The batch has not ended yet.", status=400)
            lines = [
                {
                    "custom_id": name,
                    "result": {"type": "succeeded", "message": answer}
                    if answer is not None
                    else {"type": "errored", "error": _error(why)},
                }
                for name, answer, why in reversed(batch.answers)
            ]
            text = "".join(f"{compact(cast(JsonValue, line))}\n" for line in lines)
            return Told(body=text.encode("utf-8", "replace"), kind="application/x-jsonl")
        self._look(batch, rules, one)
        return _json(_anthropic_batch(found["id"], batch))

    def _openai(self, path: str, body: JsonValue, rules: BatchRules, one: Answering) -> Told:
        files, batches = PATHS[2][1].fullmatch(path), PATHS[1][1].fullmatch(path)
        if files is not None:
            if files["id"] is None:
                return _json(_file(self._keep_file(_uploaded(str(body)))))
            return Told(body=self._files[files["id"]].encode("utf-8", "replace"), kind="application/jsonl")
        assert batches is not None
        if batches["id"] is None and body is None:
            listed: list[JsonValue] = [_openai_batch(id_, one, {}) for id_, one in self._newest()]
            return _json({"object": "list", "data": listed, "has_more": False})
        if batches["id"] is None:
            given = self._files.get(str(_inner(body, "input_file_id")))
            if given is None or _inner(body, "endpoint") != "/v1/responses":
                raise Refusal("No such file, or no such endpoint.", status=400)
            lines = [cast(JsonObject, json.loads(line)) for line in given.splitlines()]
            asked = [(str(line["custom_id"]), cast(JsonObject, line["body"]), "") for line in lines]
            id_ = self._new("batch", asked, cast(JsonObject, body).get("metadata"))
            return _json(_openai_batch(id_, self._batches[id_], {}))
        batch = self._of(batches["id"])
        self._look(batch, rules, one)
        made: dict[str, JsonValue] = {}
        if batch.answers:
            right = [_openai_line(name, answer, why) for name, answer, why in batch.answers if answer]
            wrong = [_openai_line(name, answer, why) for name, answer, why in batch.answers if not answer]
            for field_, lines_ in (("output_file_id", right), ("error_file_id", wrong)):
                if lines_:
                    made[field_] = self._keep_file("".join(f"{compact(line)}\n" for line in lines_))
        return _json(_openai_batch(batches["id"], batch, made))

    def _gemini(self, path: str, body: JsonValue, rules: BatchRules, one: Answering) -> Told:
        sent, looked = PATHS[4][1].fullmatch(path), PATHS[3][1].fullmatch(path)
        if sent is not None:
            inline = _inner(_inner(_inner(body, "batch"), "inputConfig"), "requests")
            asked = [
                (compact(r.get("metadata", {})), cast(JsonObject, r["request"]), sent["model"])
                for r in _objects(_inner(inline, "requests"))
            ]
            id_ = self._new("b", asked, cast(JsonObject, _inner(body, "batch")).get("displayName"))
            return _json({"name": f"batches/{id_}", "metadata": {"state": "BATCH_STATE_PENDING"}})
        assert looked is not None
        if looked["id"] is None:
            jobs: list[JsonValue] = [
                {
                    "name": f"batches/{id_}",
                    "metadata": {"state": "BATCH_STATE_RUNNING", "displayName": one.mark},
                }
                for id_, one in self._newest()
            ]
            return _json({"operations": jobs})
        batch = self._of(looked["id"])
        self._look(batch, rules, one)
        told: JsonObject = {"state": "BATCH_STATE_SUCCEEDED" if batch.answers else "BATCH_STATE_RUNNING"}
        if batch.answers:
            lines: list[JsonValue] = [
                {"metadata": cast(JsonValue, json.loads(name)), **_gemini_answer(answer, why)}
                for name, answer, why in batch.answers
            ]
            told["output"] = {"inlinedResponses": {"inlinedResponses": lines}}
        return _json({"name": f"batches/{looked['id']}", "metadata": told, "done": bool(batch.answers)})

    def _newest(self) -> list[tuple[str, _Batch]]:
        return list(reversed(self._batches.items()))

    def _new(self, kind: str, asked: list[tuple[str, JsonObject, str]], mark: JsonValue = None) -> str:
        if not asked:
            raise Refusal("A batch needs requests.", status=400)
        id_ = f"{kind}_{len(self._batches) + 1:04d}"
        self._batches[id_] = _Batch(asked, mark)
        return id_

    def _of(self, id_: str) -> _Batch:
        if id_ not in self._batches:
            raise Refusal(f"No batch {id_}.", status=404)
        return self._batches[id_]

    def _look(self, batch: _Batch, rules: BatchRules, one: Answering) -> None:
        batch.looks += 1
        if batch.looks <= rules.looks or batch.answers:
            return
        for name, body, model in batch.requests:
            try:
                if rules.fail and rules.fail in compact(body):
                    raise Refusal("The rehearsal was told to fail this one.", status=500)
                batch.answers.append((name, one(body, model), ""))
            except Refusal as refused:
                batch.answers.append((name, None, str(refused)))

    def _keep_file(self, text: str) -> str:
        id_ = f"file_{len(self._files) + 1:04d}"
        self._files[id_] = text
        return id_


def _anthropic_batch(id_: str, batch: _Batch) -> JsonObject:
    wrong = sum(answer is None for _, answer, _ in batch.answers)
    return {
        "id": id_,
        "type": "message_batch",
        "processing_status": "ended" if batch.answers else "in_progress",
        "request_counts": {
            "processing": 0 if batch.answers else len(batch.requests),
            "succeeded": len(batch.answers) - wrong,
            "errored": wrong,
            "canceled": 0,
            "expired": 0,
        },
        "created_at": _MADE,
        "expires_at": _MADE,
        "ended_at": _MADE if batch.answers else None,
        "results_url": f"/v1/messages/batches/{id_}/results" if batch.answers else None,
        "archived_at": None,
        "cancel_initiated_at": None,
    }


def _openai_batch(id_: str, batch: _Batch, files: Mapping[str, JsonValue]) -> JsonObject:
    wrong = sum(answer is None for _, answer, _ in batch.answers)
    return {
        "id": id_,
        "object": "batch",
        "endpoint": "/v1/responses",
        "completion_window": "24h",
        "metadata": batch.mark,
        "created_at": 0,
        "input_file_id": "file_0001",
        "status": "completed" if batch.answers else "in_progress",
        "request_counts": {
            "total": len(batch.requests),
            "completed": len(batch.answers) - wrong,
            "failed": wrong,
        },
        **files,
    }


def _openai_line(name: str, answer: JsonObject | None, why: str) -> JsonObject:
    wrong: JsonObject = {"error": {"message": why}}
    status, body = (200, answer) if answer is not None else (500, wrong)
    return {"id": "r", "custom_id": name, "response": {"status_code": status, "body": body}, "error": None}


def _gemini_answer(answer: JsonObject | None, why: str) -> JsonObject:
    return {"response": answer} if answer is not None else {"error": {"code": 13, "message": why}}


def _file(id_: str) -> JsonObject:
    return {
        "id": id_,
        "object": "file",
        "bytes": 1,
        "created_at": 0,
        "filename": "requests.jsonl",
        "purpose": "batch",
        "status": "processed",
    }


def _error(why: str) -> JsonObject:
    return {"type": "error", "error": {"type": "api_error", "message": why}, "request_id": None}


def _uploaded(multipart: str) -> str:
    """The file in a multipart body: its largest part."""
    return max(_MULTIPART.findall(multipart), key=len, default="")


def _check_names(names: list[str], pattern: str) -> None:
    if len(set(names)) < len(names) or not all(re.fullmatch(pattern, name) for name in names):
        raise Refusal(f"custom_id: must be unique and match {pattern}", status=400)


def _inner(value: JsonValue, key: str) -> JsonValue:
    if not isinstance(value, dict) or key not in value:
        raise Refusal(f"{key}: Field required", status=400)
    return value[key]


def _objects(value: JsonValue) -> list[JsonObject]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _json(value: JsonObject) -> Told:
    return Told(body=compact(value).encode("utf-8", "replace"))
