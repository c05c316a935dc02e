"""A branch or a session, gathered for an export: its messages, what its calls changed, what it cost.

Keys are taken out of everything, as out of logs: an export is made to be given away.
"""

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from copilot.assembly.export_texts import Cleaner
from copilot.projects import project_manager
from copilot.projects.attachments import attachments_of_project
from copilot.projects.exchange import Exchanged, to_json_bytes
from copilot.projects.home import Home
from copilot.projects.peeking import peek
from copilot.record.export_html import html
from copilot.record.export_markdown import markdown
from copilot.record.exported import ENDINGS, CallFacts, Cost, Exported, ExportFormat
from copilot.record.ledger import Ledger
from copilot.record.ledger_lines import Spent
from copilot.record.usage_sums import grouped
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import CopilotError, ProjectError
from copilot.vocabulary.messages import Branch, Discussion, Message, attachments_of
from copilot.vocabulary.values import Project
from copilot.workspace.snapshots.runs import Runs


def written(one: Exported, form: ExportFormat) -> bytes:
    """The file."""
    match form:
        case "markdown":
            return markdown(one).encode()
        case "html":
            return html(one).encode()
        case "json":
            return to_json_bytes(
                Exchanged(
                    scope=one.scope,
                    project=one.project,
                    name=one.name,
                    discussion=one.discussion,
                    system_prompt=one.system_prompt,
                    attachments=one.attachments,
                )
            )


def form_of(path: Path) -> ExportFormat | None:
    """What a file's name asks for; None where it does not say."""
    endings: dict[str, ExportFormat] = {".md": "markdown", ".markdown": "markdown", ".htm": "html"}
    endings |= {ending: form for form, ending in ENDINGS.items()}
    return endings.get(path.suffix.lower())


def branch_export(home: Home, name: str, branch: str | None, keys: Collection[str]) -> Exported:
    """A branch of a project as it is on the disk; None: the active one. Raises ProjectError, StorageError."""
    project = peek(project_manager.path_of(home, name)).project
    discussion = project.discussion
    shown = discussion.active if branch is None else branch
    if all(one.name != shown for one in discussion.branches):
        raise ProjectError(f"there is no branch {shown!r} in {name}")
    path = discussion.path(shown)
    alone = Discussion(
        messages=path,
        branches=(Branch(name=shown, tip=discussion.tip(shown)),),
        active=shown,
        held=tuple(one for one in discussion.held if path.place(one) is not None),
    )
    cleaner = Cleaner(Redactor(keys))
    return cleaner.exported(
        Exported(
            scope="branch",
            project=name,
            name=shown,
            discussion=alone,
            system_prompt=project.system_prompt,
            attachments=attached(home, name, path),
            calls=_changes(home, project, path),
            costs=costs_of(one for one in _ledger(home) if (one.project, one.branch) == (name, shown)),
        )
    )


def costs_of(found: Iterable[Spent]) -> tuple[Cost, ...]:
    """A row for each model."""
    return tuple(
        Cost(model=model, requests=sum_.requests, usage=sum_.usage, usd=sum_.usd, unpriced=sum_.unpriced)
        for model, sum_ in grouped(found, "model")
    )


def _ledger(home: Home) -> tuple[Spent, ...]:
    return Ledger(home.ledger).entries() if home.ledger.exists() else ()


def attached(home: Home, name: str, path: Iterable[Message]) -> Mapping[str, bytes]:
    """The bytes that are still there; the others are named in the export, and missing."""
    kept = attachments_of_project(home, name)
    found = ((part.sha256, kept.read(part)) for part in attachments_of(path))
    return {sha256: data for sha256, data in found if data is not None}


def _changes(home: Home, project: Project, path: Iterable[Message]) -> Mapping[str, CallFacts]:
    """What each call changed on the disk, as far as that is still known."""
    calls = {call.call_id for message in path for call in message.calls}
    runs = Runs(home.snapshots, Path(project.base_dir), clock=lambda: 0.0)
    found: dict[str, CallFacts] = {}
    try:
        for run in runs.all():
            about = run.about
            if run.act == "run" and about.call_id in calls - {""} and about.project == project.name:
                told = runs.show(about.call_id)
                found[about.call_id] = CallFacts(changes=told.changes, more=told.more)
    except CopilotError:  # the differences are a help: the discussion is what is asked for
        pass
    return found
