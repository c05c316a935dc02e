"""An event in a few words: the rows of the log panel."""

from typing import Literal

from copilot.desktop.run_words import run_words, snapshot_words
from copilot.desktop.text import model_name, one_line, plural, seconds
from copilot.desktop.tool_call_view import target
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    HandOverDetail,
    McpDetail,
    ScriptDetail,
    SpendDetail,
)
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.money import cap_words, costs, missed_words, money
from copilot.vocabulary.text import sentences

Level = Literal["info", "good", "warning", "error"]


@frozen
class LogRow:
    """One line of the log panel. `at` is UTC seconds."""

    at: float
    level: Level
    name: str
    text: str


_UNLISTED = (
    *(e.TextDelta, e.ThinkingDelta, e.ToolOutput, e.MessageKept),
    *(e.FilesListed, e.FilesChanged, e.RequestPreviewed, e.UsageTotalled),
)


def log_row(event: e.Event) -> LogRow | None:
    """The log panel's line for an event; None for those that come by the hundred, and what panels show."""
    if isinstance(event, _UNLISTED) or (isinstance(event, e.RunChanged) and event.done == "shown"):
        return None
    level, text = _of_turn(event) if isinstance(event, e.TurnEvent) else _of_session(event)
    return LogRow(at=event.at, level=level, name=type(event).__name__, text=one_line(text, 400))


def _of_session(event: e.Event) -> tuple[Level, str]:
    match event:
        case e.WorkerStarted(version=version):
            return "info", f"Copilot {version} is ready"
        case e.ProjectOpened(project=project):
            messages = plural(len(project.discussion.messages), "message")
            return "info", f"project {project.name} in {project.base_dir}, {messages}"
        case e.ProjectChanged(project=project):
            return "info", f"project {project.name} changed"
        case e.ContextBuilt():
            skipped = f", {len(event.skipped)} skipped" if event.skipped else ""
            size = f"{event.characters:,} characters, about {event.tokens:,} tokens"
            stepped = f", {len(event.stepped)} stepped down" if event.stepped else ""
            return "info", f"context of {plural(len(event.files), 'file')}{skipped}{stepped}: {size}"
        case e.Notice(level=level, text=text):
            return level, text
        case e.ModelsListed(provider=provider, models=models):
            return "info", f"{provider} has {plural(len(models), 'model')}"
        case e.TokensCounted(model=model, tokens=tokens, estimated=estimated):
            counted = f"{tokens:,} tokens, estimated {estimated:,}"
            return "info", f"{model_name(model.provider, model.model, ' ')} counts {counted}"
        case e.CompactDrafted(covers=covers, branch=branch):
            return "info", f"a summary of {plural(len(covers), 'message')} of {branch} was drafted"
        case e.RunChanged() | e.SnapshotsCleaned():
            return run_words(event)
        case e.CommandFailed(message=message, hint=hint):
            return "error", sentences(message, hint)
        case e.WorkerStopped(reason=reason):
            return "info", f"stopped: {reason}"
        case _:
            return _of_rules(event)


def _of_rules(event: e.Event) -> tuple[Level, str]:
    match event:
        case e.RuleProposed(proposals=proposals):
            return "info", f"{plural(len(proposals), 'rule')} would allow what was asked"
        case e.RuleAdded(rule=rule):
            return "info", f"the rule {rule.name} was added to config.toml"
        case e.TrustAsked():
            names = ", ".join(one.name for one in event.waiting)
            return "info", f"not used until you trust it: {names}" if names else "nothing waits to be trusted"
        case _:
            return "info", ""


def _of_turn(event: e.TurnEvent) -> tuple[Level, str]:
    match event:
        case e.TurnStarted(model=model):
            return "info", f"turn on {event.branch} with {model_name(model.provider, model.model, ' ')}"
        case e.RequestSent(round=number, messages=messages, tokens=tokens):
            money_words = f", {costs(event.least_usd, event.most_usd)}" if event.most_usd else ""
            size = f"{plural(messages, 'message')}, about {tokens:,} tokens{money_words}"
            return "info", f"round {number}: {size}"
        case e.FilesRefreshed(paths=paths):
            return "info", f"changed on disk: {', '.join(paths)}"
        case e.HistoryPruned(dropped=dropped, shortened=shortened):
            cut = f"{plural(shortened, 'older tool output')} shortened" if shortened else ""
            gone = f"{plural(dropped, 'earlier message')} not sent" if dropped else ""
            return "warning", f"to fit the model's window: {', '.join(filter(None, (gone, cut)))}"
        case e.UsageReported(usage=usage, seconds=spent):
            cached = f" ({usage.cache_read_tokens:,} cached)" if usage.cache_read_tokens else ""
            sent = f", SHA-256 {event.sha256[:12]}" if event.sha256 and event.round == 1 else ""
            counted = f"{usage.input_tokens:,} in{cached}, {usage.output_tokens:,} out"
            paid = f", {money(event.usd)}" if event.usd else ""
            return "info", f"{counted}, {seconds(spent)}{paid}{sent}"
        case e.CacheMissed():
            return "warning", missed_words(event)
        case e.RetryScheduled(wait_seconds=wait, reason=reason, kind="limit"):
            return "info", f"held back for {seconds(wait)}: {reason}"
        case e.RetryScheduled(attempt=attempt, wait_seconds=wait, reason=reason):
            return "warning", f"try {attempt} in {seconds(wait)}: {reason}"
        case e.QueueChanged(messages=messages):
            waiting = plural(len(messages), "message") if messages else "nothing"
            return "info", f"{waiting} waits to be said on {event.branch}"
        case e.TurnFinished(rounds=rounds, reason=reason):
            over = "answered" if reason == "answered" else "stopped at the round limit"
            return "good", f"{over} after {plural(rounds, 'round')}"
        case e.TurnCancelled() | e.TurnFailed():
            return _of_broken(event)
        case _:
            return _of_tool(event)


def _of_broken(event: e.TurnCancelled | e.TurnFailed) -> tuple[Level, str]:
    match event:
        case e.TurnCancelled():
            return "warning", "stopped by you"
        case e.TurnFailed(message=message, hint=hint):
            return "error", sentences(message, hint)


def _of_tool(event: e.TurnEvent) -> tuple[Level, str]:
    match event:
        case e.ToolCallRequested(name=name, arguments=arguments):
            return "info", f"{name} {target(arguments)}"
        case e.ApprovalRequested(tool=tool, verdict=verdict, detail=detail):
            by = f", rule {event.rule}" if event.rule else ""
            asked = f"waits for you{by}" if verdict == "ask" else f"policy: {verdict}{by}"
            return "warning" if verdict == "ask" else "info", f"{tool} {_about(detail)}: {asked}"
        case e.ApprovalResolved(decision=decision, by=by, note=note, diff=diff, shown=shown):
            edited = ", edited" if diff else ""
            unseen = "" if shown else ", not shown"
            words = f"{'approved' if decision == 'approve' else 'rejected'} by {by}{edited}{unseen}"
            return "good" if decision == "approve" else "warning", f"{words}: {note}" if note else words
        case e.PreviewStarted(view=view):
            return "info", f"a preview runs ({view}); the model gets nothing of it"
        case e.PreviewReady(changes=changes, exit_code=code):
            return "info", f"preview: exit {code}, {plural(len(changes), 'change')}"
        case e.PreviewEnded(reason=reason, message=message):
            end: Level = "warning" if message else "info"
            return end, f"preview {reason}: {message}" if message else f"preview {reason}"
        case e.ToolStarted(name=name, script=script):
            return "info", f"{name} runs {script}" if script else f"{name} begins"
        case e.SnapshotTaken():
            return "info", snapshot_words(event)
        case e.ToolFinished(name=name, status=status, seconds=spent, exit_code=exit_code):
            code = f", exit {exit_code}" if exit_code is not None else ""
            level: Level = "good" if status == "ok" and not exit_code else "warning"
            took = "recorded, not run" if event.recorded else seconds(spent)
            return level, f"{name}: {status.replace('_', ' ')}{code}, {took}"
        case _:
            return "info", ""


def _about(detail: ApprovalDetail) -> str:
    match detail:
        case ScriptDetail():
            return f"({detail.shell})"
        case SpendDetail():
            return f"of {costs(detail.least_usd, detail.most_usd)}, {cap_words(detail)}"
        case McpDetail():
            return f"{detail.tool} of the MCP server {detail.server}"
        case HandOverDetail():
            return f"a task to {detail.assistant}"
        case _:
            return detail.path
