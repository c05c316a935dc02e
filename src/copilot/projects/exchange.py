"""A discussion as a JSON file that another home can take in: `docs/files.md` describes it.

The same discussion gives the same bytes, so what was exported, imported and exported again is the same file.
Nothing in it names a folder, a key or an address.
"""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal, cast

from copilot.projects.discussion import flaw
from copilot.projects.discussion_tables import discussion_table, from_discussion
from copilot.projects.validation import check, names_of, one_of, table, text, whole
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.text import visible

FORMAT = "copilot-export"
VERSION = 1
_CHOOSE = "Choose a file that `copilot export --format json` wrote."

Scope = Literal["branch", "session"]


@frozen
class Exchanged:
    """What one file holds. `name` is the branch's or the session's; `attachments` are bytes by SHA-256."""

    scope: Scope
    project: str
    name: str
    discussion: Discussion
    system_prompt: str = ""
    attachments: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


def to_json_bytes(one: Exchanged) -> bytes:
    """The file."""
    told = {
        "format": FORMAT,
        "version": VERSION,
        "scope": one.scope,
        "project": one.project,
        "name": one.name,
        "system_prompt": one.system_prompt,
        "discussion": _finite(from_discussion(one.discussion)),
        "attachments": {
            name: base64.b64encode(one.attachments[name]).decode() for name in sorted(one.attachments)
        },
    }
    return json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False).encode() + b"\n"


def from_json_bytes(data: bytes) -> Exchanged:
    """What the file holds. Raises ProjectError, with the place, for anything that is not whole."""
    try:
        told: object = json.loads(data.decode("utf-8-sig"))
    except RecursionError as error:
        raise ProjectError("the file is nested too deep", _CHOOSE) from error
    except ValueError as error:
        raise ProjectError(f"the file is no JSON: {error}", _CHOOSE) from error
    facts = cast("dict[str, object]", told) if isinstance(told, dict) else {}
    if facts.get("format") != FORMAT:
        raise ProjectError("the file was not written by an export of this program", _CHOOSE)
    version = facts.get("version")
    if isinstance(version, int) and version > VERSION:
        raise ProjectError(
            f"the file was written by a newer version of this program (version {version})",
            "Use that version, or export it there in an older form.",
        )
    found = check(_file_table, cast(object, told))
    if isinstance(found, list):
        said = "; ".join(str(fault) for fault in found[:3])
        raise ProjectError(f"the file cannot be used: {visible(said)}", _CHOOSE)
    torn = flaw(found.discussion)
    if torn is not None:
        raise ProjectError(f"the file cannot be used: {visible(torn[1])}", _CHOOSE)
    return found


def _exchanged(**said: Any) -> Exchanged:
    del said["format"], said["version"]
    return Exchanged(attachments=_proven(said.pop("attachments", {})), **said)


def _proven(attachments: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Only those whose name is their hash: anything else is not what was attached."""
    return {name: data for name, data in attachments.items() if sha256(data).hexdigest() == name}


def _bytes(value: object) -> bytes:
    try:
        return base64.b64decode(text(value), validate=True)
    except (binascii.Error, ValueError):
        return b""


_file_table = table(
    _exchanged,
    {
        "format": text,
        "version": whole(1),
        "scope": one_of(("branch", "session")),
        "project": text,
        "name": text,
        "system_prompt": text,
        "discussion": discussion_table,
        "attachments": names_of(_bytes),
    },
    ("format", "version", "scope", "project", "name", "discussion"),
)


def _finite(tables: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity: arguments that hold one are JSON as text, as where TOML cannot say them."""
    for message in tables["messages"]:
        for part in message["parts"]:
            if "arguments" in part and not _is_finite(part["arguments"]):
                part["arguments_json"] = json.dumps(part.pop("arguments"), ensure_ascii=False)
    return tables


def _is_finite(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, dict):
        return all(map(_is_finite, cast("dict[str, object]", value).values()))
    return all(map(_is_finite, cast("list[object]", value))) if isinstance(value, list) else True
