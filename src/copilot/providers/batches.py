"""Batches as the services have them: what is sent, how far it is, what came back.

Each class is handed a service's own client and a function that makes the body of a request, so that none of
the SDKs is imported here. Answers are read from plain JSON: text and what was counted, no more is asked for.
"""

import json
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any, Protocol, cast

from copilot.providers.base import BatchAnswer, BatchState, Done, Request, StopReason
from copilot.providers.parts import inside, tokens
from copilot.vocabulary.messages import Text
from copilot.vocabulary.text import clean
from copilot.vocabulary.values import Usage

Json = dict[str, Any]
MOST_LOOKED_AT = 200
"""Batches, the newest first, among which one is looked for whose id was lost."""
_MARK = "copilot"
_ENDED_WELL = ("completed", "JOB_STATE_SUCCEEDED", "JOB_STATE_PARTIALLY_SUCCEEDED")
_ENDED = (
    *_ENDED_WELL,
    *("failed", "expired", "cancelled"),
    *("JOB_STATE_FAILED", "JOB_STATE_CANCELLED", "JOB_STATE_EXPIRED"),
)


class BatchCalls(Protocol):
    """The batches of one service."""

    def send(self, requests: Mapping[str, Request], marker: str) -> str: ...

    def find(self, marker: str, names: Collection[str], known: Collection[str]) -> str | None: ...

    def state(self, id_: str) -> BatchState: ...

    def answers(self, id_: str) -> tuple[BatchAnswer, ...]: ...


class AnthropicBatches:
    """Message batches. `client` is an Anthropic."""

    def __init__(self, client: Any, body: Callable[[Request], Json]) -> None:
        self._batches = client.messages.batches
        self._body = body

    def send(self, requests: Mapping[str, Request], marker: str) -> str:
        """The batch's id. The service keeps no marks."""
        del marker
        asked = [{"custom_id": name, "params": self._body(one)} for name, one in requests.items()]
        return str((self._batches.create(requests=asked)).id)

    def find(self, marker: str, names: Collection[str], known: Collection[str]) -> str | None:
        """By the names in what came back: of one that has not ended only the number of requests is told."""
        del marker
        perhaps = False
        for batch in islice(self._batches.list(limit=20), MOST_LOOKED_AT):
            counts = batch.request_counts
            of = counts.succeeded + counts.errored + counts.canceled + counts.expired + counts.processing
            if str(batch.id) in known or of != len(names):
                continue
            if batch.processing_status != "ended":
                perhaps = True
            elif any(line.custom_id in names for line in islice(self._batches.results(batch.id), 1)):
                return str(batch.id)
        return None if perhaps else ""

    def state(self, id_: str) -> BatchState:
        """How far it is: the service counts requests as processing until all have ended."""
        batch = self._batches.retrieve(id_)
        counts = batch.request_counts
        done = counts.succeeded + counts.errored + counts.canceled + counts.expired
        return BatchState(ended=batch.processing_status == "ended", done=done, of=done + counts.processing)

    def answers(self, id_: str) -> tuple[BatchAnswer, ...]:
        """In no order."""
        found: list[BatchAnswer] = []
        for line in self._batches.results(id_):
            result = _table(line.result.model_dump(mode="json"))
            if result.get("type") != "succeeded":
                why = inside(result, "error", "error", "message") or result.get("type")
                found.append(BatchAnswer(name=line.custom_id, done=None, error=str(why)))
            else:
                found.append(BatchAnswer(name=line.custom_id, done=_of_anthropic(_table(result["message"]))))
        return tuple(found)


class OpenAIBatches:
    """Batches of the Responses API: a file goes up, a file comes back. `client` is an OpenAI."""

    def __init__(self, client: Any, body: Callable[[Request], Json]) -> None:
        self._client = client
        self._body = body

    def send(self, requests: Mapping[str, Request], marker: str) -> str:
        """The batch's id."""
        lines = [
            {"custom_id": name, "method": "POST", "url": "/v1/responses", "body": self._whole(one)}
            for name, one in requests.items()
        ]
        text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
        file = self._client.files.create(file=("requests.jsonl", text.encode()), purpose="batch")
        batch = self._client.batches.create(
            input_file_id=file.id,
            endpoint="/v1/responses",
            completion_window="24h",
            metadata={_MARK: marker},
        )
        return str(batch.id)

    def find(self, marker: str, names: Collection[str], known: Collection[str]) -> str | None:
        """By its metadata."""
        del names, known
        for batch in islice(self._client.batches.list(limit=100), MOST_LOOKED_AT):
            if _table(batch.metadata).get(_MARK) == marker:
                return str(batch.id)
        return ""

    def _whole(self, request: Request) -> Json:
        return {**self._body(request), "max_output_tokens": request.model.max_output_tokens}

    def state(self, id_: str) -> BatchState:
        """How far it is."""
        batch = self._client.batches.retrieve(id_)
        counts = batch.request_counts
        done = counts.completed + counts.failed if counts else 0
        errors = [str(one.get("message")) for one in _tables(inside(batch.model_dump(), "errors", "data"))]
        files = batch.output_file_id or batch.error_file_id
        return BatchState(
            ended=batch.status in _ENDED,
            done=done,
            of=counts.total if counts else 0,
            trouble="" if batch.status in _ENDED_WELL or files else "; ".join([str(batch.status), *errors]),
        )

    def answers(self, id_: str) -> tuple[BatchAnswer, ...]:
        """What was answered, then what was not."""
        batch = self._client.batches.retrieve(id_)
        found: list[BatchAnswer] = []
        for file in filter(None, (batch.output_file_id, batch.error_file_id)):
            content = self._client.files.content(file)
            for line in content.text.splitlines():
                found.append(_openai_line(json.loads(line)))
        return tuple(found)


class GeminiBatches:
    """Batch jobs with their requests inline, answered in their order. `client` is a google.genai Client.

    A name goes along as metadata; where none comes back the order tells it.
    """

    def __init__(self, client: Any, body: Callable[[Request], tuple[Any, Json]]) -> None:
        self._batches = client.batches
        self._body = body

    def send(self, requests: Mapping[str, Request], marker: str) -> str:
        """The job's name."""
        inline: list[Json] = []
        for name, one in requests.items():
            contents, config = self._body(one)
            inline.append({"contents": contents, "config": config, "metadata": {"key": name}})
        model = next(iter(requests.values())).model.model
        job = self._batches.create(model=model, src=inline, config={"display_name": f"{_MARK} {marker}"})
        return str(job.name)

    def find(self, marker: str, names: Collection[str], known: Collection[str]) -> str | None:
        """By the name that is shown."""
        del names, known
        for job in islice(self._batches.list(config={"page_size": 100}), MOST_LOOKED_AT):
            if job.display_name == f"{_MARK} {marker}":
                return str(job.name)
        return ""

    def state(self, id_: str) -> BatchState:
        """How far it is; the service counts nothing while it works."""
        job = self._batches.get(name=id_)
        state = str(getattr(job.state, "value", job.state))
        answers = _inlined(job)
        trouble = "" if state in _ENDED_WELL else str(getattr(job.error, "message", "") or state)
        ended = state in _ENDED
        return BatchState(
            ended=ended, done=len(answers), of=len(answers), trouble=trouble if ended and not answers else ""
        )

    def answers(self, id_: str) -> tuple[BatchAnswer, ...]:
        """In the order of the requests; a name is "" where the service gave none back."""
        return tuple(_gemini_line(one) for one in _inlined(self._batches.get(name=id_)))


def _table(value: object) -> Json:
    return cast(Json, value) if isinstance(value, dict) else {}


def _tables(value: object) -> list[Json]:
    return [_table(one) for one in cast(list[object], value)] if isinstance(value, list) else []


def _inlined(job: Any) -> list[Any]:
    return list(getattr(job.dest, "inlined_responses", None) or [])


def _of_anthropic(message: Json) -> Done:
    stops: dict[str, StopReason] = {"max_tokens": "max_tokens", "refusal": "refused", "end_turn": "end"}
    usage = _table(message.get("usage"))
    read, write = (
        tokens(usage.get("cache_read_input_tokens")),
        tokens(usage.get("cache_creation_input_tokens")),
    )
    reason = str(message.get("stop_reason"))
    return _done(
        [
            str(block.get("text", ""))
            for block in _tables(message.get("content"))
            if block.get("type") == "text"
        ],
        stops.get(reason, "other"),
        reason,
        Usage(
            input_tokens=tokens(usage.get("input_tokens")) + read + write,
            output_tokens=tokens(usage.get("output_tokens")),
            cache_read_tokens=read,
            cache_write_tokens=write,
        ),
    )


def _openai_line(line: Json) -> BatchAnswer:
    name = str(line.get("custom_id", ""))
    answer = _table(line.get("response"))
    body = _table(answer.get("body"))
    if line.get("error") or answer.get("status_code") != 200:
        why = inside(line, "error", "message") or inside(body, "error", "message") or "no answer"
        return BatchAnswer(name=name, done=None, error=str(why))
    texts: list[str] = []
    refused = False
    for item in _tables(body.get("output")):
        for part in _tables(item.get("content")):
            refused |= part.get("type") == "refusal"
            if part.get("type") == "output_text":
                texts.append(str(part.get("text", "")))
    why = str(inside(body, "incomplete_details", "reason") or "")
    stop: StopReason = "refused" if refused or why == "content_filter" else "max_tokens" if why else "end"
    usage = _table(body.get("usage"))
    counted = Usage(
        input_tokens=tokens(usage.get("input_tokens")),
        output_tokens=tokens(usage.get("output_tokens")),
        cache_read_tokens=tokens(inside(usage, "input_tokens_details", "cached_tokens")),
    )
    return BatchAnswer(name=name, done=_done(texts, stop, why or str(body.get("status")), counted))


def _gemini_line(line: Any) -> BatchAnswer:
    name = str(_table(line.metadata).get("key", ""))
    if line.response is None:
        return BatchAnswer(name=name, done=None, error=str(getattr(line.error, "message", "") or "no answer"))
    answer: Json = line.response.model_dump(mode="json", exclude_none=True)
    candidates = cast(list[Json], answer.get("candidates") or [{}])
    parts = cast(list[Json], inside(candidates[0], "content", "parts") or [])
    reason = str(
        candidates[0].get("finish_reason") or inside(answer, "prompt_feedback", "block_reason") or ""
    )
    stops: dict[str, StopReason] = {"STOP": "end", "MAX_TOKENS": "max_tokens"}
    usage = _table(answer.get("usage_metadata"))
    thought = tokens(usage.get("thoughts_token_count"))
    return BatchAnswer(
        name=name,
        done=_done(
            [str(part["text"]) for part in parts if part.get("text") and not part.get("thought")],
            stops.get(reason, "refused"),
            reason,
            Usage(
                input_tokens=tokens(usage.get("prompt_token_count")),
                output_tokens=tokens(usage.get("candidates_token_count")) + thought,
                cache_read_tokens=tokens(usage.get("cached_content_token_count")),
                thinking_tokens=thought,
            ),
        ),
    )


def _done(texts: list[str], stop: StopReason, detail: str, usage: Usage) -> Done:
    text = clean("".join(texts))
    return Done(parts=(Text(text=text),) if text else (), stop=stop, detail=detail, usage=usage)
