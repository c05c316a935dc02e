"""A project as TOML: the tables of `projects/<name>.toml` and the values they stand for.

`docs/files.md` describes the file. What a project file cannot set (keys, addresses, servers, policies) and
what this version does not know is ignored, named in a notice, and kept when the file is written again.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from copilot.projects import toml_file, toml_text
from copilot.projects.changes import whole_rank
from copilot.projects.discussion import Checked
from copilot.projects.discussion_tables import from_discussion
from copilot.projects.history import History, opened_history
from copilot.projects.policy_tables import KEY as POLICY
from copilot.projects.policy_tables import rules_in
from copilot.projects.tables import FileTable, Named, file_table, over, said_limits
from copilot.projects.toml_file import Flaw
from copilot.projects.validation import Fault, check, dotted, remove
from copilot.projects.validation import Path as Place
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import by_name, field, frozen, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.values import STANDINGS, FileChoice, Limits, Project

SCHEMA_VERSION = 2
"""1 where no older messages lie in files of their own: older versions of the program can read that, too."""

DEFAULT_LIMITS = Limits()
_NOT_OURS_TO_SET = (
    "key",
    "token",
    "secret",
    "password",
    "url",
    "server",
    "mcp",
    "polic",
    "approv",
    "provider",
)
_REPAIR = "Put it right in the file that was set aside, give it its old name again, and open the project."


@frozen
class ProjectFile:
    """What a project file holds. `revision` is the number of the last journal line in it.

    `extra` is what this version does not know; `notices` tell a person of it. The discussion is whole;
    `history` says which of its messages lie in files of their own, `dropped` names those that did. `checked`
    is what found it whole.
    """

    project: Project
    revision: int = 0
    history: History | None = field(default=None, compare=False)
    dropped: tuple[str, ...] = ()
    checked: Checked = field(default_factory=Checked, compare=False)
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    notices: tuple[str, ...] = ()


def read(
    data: bytes, name: str, *, limits: Limits = DEFAULT_LIMITS, folder: Path | None = None
) -> ProjectFile:
    """The project in the bytes of its file. `limits` stand for those that the file does not set; `folder` is
    where its history lies.

    Raises ProjectError with line and column.
    """
    parsed = toml_file.parse(data)
    if isinstance(parsed, Flaw):
        raise _broken(name, str(parsed))
    text, table = parsed
    version = table.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ProjectError(
            f"{name}.toml was written by a newer version of this program (schema_version {version})",
            "Use that version, or the file that was set aside stays as it is.",
        )
    raw = table.pop(POLICY, None)
    rules, wrong = rules_in(raw)
    file, extra, notices = _known_part(name, text, table)
    if raw is not None:  # written again as it was read: the person trusts the content, not what we make of it
        extra[POLICY] = raw
    notices += tuple(f"{name}.toml, {_placed(text, fault)}; this rule is not used" for fault in wrong)
    history, discussion = _with_history(name, file, folder)
    project = Project(
        name=name,
        base_dir=file.files.base_dir,
        files=file.files.paths,
        rank=whole_rank(file.files.rank),
        system_prompt=file.prompts.get("system", ""),
        discussion=discussion,
        limits=over(limits, file.limits),
        caps=file.caps,
        rules=rules,
    )
    checked = Checked() if history is None else history.checked()
    torn = checked.flaw(discussion, apart=True)
    if torn:
        fault = Fault(path=_in_file(torn[0], history), reason=torn[1], unknown=False)
        raise _broken(name, _placed(text, fault))
    return ProjectFile(
        project=project,
        revision=file.revision,
        history=history,
        dropped=file.history.dropped,
        checked=checked,
        extra=extra,
        notices=notices + (history.troubles if history is not None else ()),
    )


def write(file: ProjectFile, *, limits: Limits = DEFAULT_LIMITS) -> str:
    """The text of the file. Limits that equal `limits` are left out. All text in it is valid Unicode."""
    project, discussion = file.project, file.project.discussion
    table: dict[str, Any] = {"schema_version": 1}
    if file.revision:
        table["revision"] = file.revision
    if file.history is not None and (file.history.files or file.dropped):
        tail = file.history.behind(discussion.messages)
        assert tail is not None, "the history was brought up to date before"
        discussion = replace(discussion, messages=Messages(tail))
        table["schema_version"] = SCHEMA_VERSION
        dropped = {"dropped": list(file.dropped)} if file.dropped else {}
        table["history"] = {"files": [_from_named(named) for named in file.history.named], **dropped}
    table["files"] = {
        "base_dir": project.base_dir,
        "paths": [_from_choice(choice) for choice in project.files],
    }
    if project.rank != STANDINGS:
        table["files"]["rank"] = list(project.rank)
    if project.system_prompt:
        table["prompts"] = {"system": project.system_prompt}
    for (*tables, key), value in said_limits(project.limits, limits).items():
        holder = table.setdefault("limits", {})
        for name in tables:
            holder = holder.setdefault(name, {})
        holder[key] = value
    caps = {key: value for key, value in by_name(project.caps).items() if value is not None}
    if caps:
        table["caps"] = caps
    table["discussion"] = from_discussion(discussion)
    return toml_text.dumps(_merged(table, file.extra))


def _with_history(name: str, file: FileTable, folder: Path | None) -> tuple[History | None, Discussion]:
    """The whole discussion, and which of it lies in files of its own."""
    if folder is None:
        if file.history.files:
            raise _broken(name, "its older messages lie in files beside it")
        return None, file.discussion
    history = opened_history(folder, file.history.files, file.discussion)
    return history, replace(file.discussion, messages=history.messages + file.discussion.messages)


def _in_file(where: Place, history: History | None) -> Place:
    """The place in the project file of a place in the discussion."""
    if where[0] != "messages" or history is None:
        return "discussion", *where
    at = cast(int, where[1]) - len(history.messages)
    return ("discussion", "messages", at, *where[2:]) if at >= 0 else ("history",)


def _known_part(
    name: str, text: str, table: dict[str, Any]
) -> tuple[FileTable, dict[str, Any], tuple[str, ...]]:
    """The checked file, what in it is unknown, and the notices for that."""
    extra: dict[str, Any] = {}
    notices: list[str] = []
    while isinstance(found := check(file_table, table), list):
        wrong = [fault for fault in found if not fault.unknown]
        if wrong:
            raise _broken(name, "; ".join(_placed(text, fault) for fault in wrong[:3]))
        for fault in found:
            value = remove(table, fault.path)
            _keep_extra(extra, fault.path, value)
            notices.append(f"{name}.toml, {_placed(text, fault)}; it is ignored{_why(fault.path)}")
    return found, extra, tuple(notices)


def _broken(name: str, what: str) -> ProjectError:
    return ProjectError(f"{name}.toml cannot be used: {what}", _REPAIR)


def _placed(text: str, fault: Fault) -> str:
    line, column = toml_file.find(text, fault.path)
    return str(Flaw(reason=str(fault), line=line, column=column))


def _why(path: Place) -> str:
    word = dotted(path).lower()
    if any(part in word for part in _NOT_OURS_TO_SET):
        return ": a project file cannot set keys, addresses, servers or policies"
    return ""


def _keep_extra(extra: dict[str, Any], path: Place, value: Any) -> None:
    """Remember an unknown key for writing, where it stands in a table of its own and not in a list."""
    if all(isinstance(part, str) for part in path):
        holder = extra
        for part in path[:-1]:
            holder = holder.setdefault(cast(str, part), {})
        holder[cast(str, path[-1])] = value


def _merged(table: dict[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(table)
    for key, value in extra.items():
        if key in merged and isinstance(merged[key], dict) and isinstance(value, Mapping):
            merged[key] = _merged(merged[key], cast(Mapping[str, Any], value))
        else:
            merged.setdefault(key, value)
    return merged


def _from_named(named: Named) -> dict[str, Any]:
    said = {"after": named.after, "straight": named.straight, "size": named.size}
    table: dict[str, Any] = {"file": named.file, "messages": named.messages, "last": named.last}
    return table | {key: value for key, value in said.items() if value}


def _from_choice(choice: FileChoice) -> str | dict[str, str | bool]:
    table: dict[str, str | bool] = {"path": choice.pattern}
    if choice.view != "full":
        table["view"] = choice.view
    if choice.pinned:
        table["pinned"] = True
    return table if len(table) > 1 else choice.pattern
