"""The tables of a project file as pydantic models: what may stand where, and which values are allowed."""

import json
from dataclasses import asdict
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, BeforeValidator, Field

from copilot.projects.strict import Strict
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.messages import MediaType, ResultStatus, Role
from copilot.vocabulary.values import STANDINGS, Limits, Standing, View


class ChosenTable(Strict):
    """One entry of `[files] paths`; a plain string is its `path`."""

    path: str
    view: View = "full"
    pinned: bool = False


def _from_pattern(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


class FilesTable(Strict):
    """`[files]`."""

    base_dir: str = Field(min_length=1)
    paths: list[Annotated[ChosenTable, BeforeValidator(_from_pattern)]] = Field(default=[])
    rank: list[Standing] = Field(default=list(STANDINGS))


class PromptsTable(Strict):
    """`[prompts]`."""

    system: str = ""


class LimitsTable(Strict):
    """`[limits]`, in a project and in the settings; what is not set is None."""

    max_tool_rounds: int | None = Field(default=None, ge=1)
    script_seconds: float | None = Field(default=None, gt=0)
    python_seconds: float | None = Field(default=None, gt=0)
    output_characters: int | None = Field(default=None, ge=100)
    read_characters: int | None = Field(default=None, ge=100)
    max_context_tokens: int | None = Field(default=None, ge=1)
    max_prompt_tokens: int | None = Field(default=None, ge=0)
    first_byte_seconds: float | None = Field(default=None, ge=0)
    progress_seconds: float | None = Field(default=None, gt=0)
    answer_seconds: float | None = Field(default=None, gt=0)
    attempts: int | None = Field(default=None, ge=1, le=20)
    longest_wait_seconds: float | None = Field(default=None, ge=0)

    def over(self, limits: Limits) -> Limits:
        """The limits with what this table sets."""
        said = {name: value for name, value in self.model_dump().items() if value is not None}
        return Limits(**(asdict(limits) | said))


class CapsTable(Strict):
    """`[caps]`, in a project and in the settings; what is not set is None."""

    turn_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    project_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    day_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    def caps(self) -> Caps:
        """As a value."""
        return Caps(**self.model_dump())


class BranchTable(Strict):
    """One entry of `[discussion] branches`."""

    name: str = Field(min_length=1)
    tip: str | None = None


PartType = Literal[
    "text", "thinking", "tool_call", "tool_result", "file_refresh", "opaque", "summary", "attachment"
]


def _json_object(value: object) -> object:
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ValueError(f"it is not JSON: {error}") from error
        if isinstance(value, dict):
            return cast(dict[str, Any], value)
    raise ValueError("it is not a JSON object written as text")


def _only_json(value: dict[str, Any]) -> dict[str, Any]:
    """Dates and times, which TOML has and a tool call has not, are refused."""
    try:
        json.dumps(value)
    except TypeError as error:
        raise ValueError("it holds a date or a time; write it as text") from error
    return value


JsonText = Annotated[dict[str, Any], BeforeValidator(_json_object)]


class PartTable(Strict):
    """One `[[discussion.messages.parts]]`; which fields count depends on `type`."""

    type: PartType
    kind: str = ""
    text: str = ""
    call_id: str = ""
    name: str = ""
    arguments: Annotated[dict[str, Any], AfterValidator(_only_json)] = Field(default={})
    arguments_json: JsonText | None = None
    raw: str | None = None
    output: str = ""
    covers: list[str] = Field(default=[])
    status: ResultStatus = "ok"
    media_type: MediaType = "image/png"
    size: int = Field(default=0, ge=0)
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    width: int = Field(default=0, ge=0)
    height: int = Field(default=0, ge=0)
    pages: int = Field(default=0, ge=0)
    provider_data: JsonText | None = None


class MessageTable(Strict):
    """One `[[discussion.messages]]`."""

    id: str = Field(min_length=1)
    parent: str | None = None
    role: Role
    at: float = 0.0
    provider: str = ""
    model: str = ""
    partial: bool = False
    parts: list[PartTable] = Field(default=[])


class DiscussionTable(Strict):
    """`[discussion]`."""

    active: str = "main"
    held: list[str] = Field(default=[])
    branches: list[BranchTable] = Field(default=[BranchTable(name="main")], min_length=1)
    messages: list[MessageTable] = Field(default=[])


class FileTable(Strict):
    """The whole file."""

    schema_version: Literal[1]
    revision: int = Field(default=0, ge=0)
    files: FilesTable
    prompts: PromptsTable = PromptsTable()
    limits: LimitsTable = LimitsTable()
    caps: CapsTable = CapsTable()
    discussion: DiscussionTable = DiscussionTable()
