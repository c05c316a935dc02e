"""What all pydantic models of files share. Apart, since pydantic is loaded only where a file is checked."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """No guessing between types, no unknown keys."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
