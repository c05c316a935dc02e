"""A tool call of another session with the result that it had there."""

from collections.abc import Mapping

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import JsonValue, ResultStatus


@frozen
class RecordedCall:
    """What was called and what came of it; `output` is what the model read."""

    name: str
    arguments: Mapping[str, JsonValue]
    output: str
    status: ResultStatus
    exit_code: int | None = None
