"""What an approval is about, written out for the terminal: every character of it, nothing folded away."""

from typing import assert_never

from copilot.cli.paint import Paint
from copilot.cli.reading_lines import reading_lines
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
    SecretReadDetail,
    SpendDetail,
)
from copilot.vocabulary.confinement import Fence, change_words, fence_words
from copilot.vocabulary.events import PreviewReady
from copilot.vocabulary.money import cap_words, costs
from copilot.vocabulary.text import visible


def question(detail: ApprovalDetail) -> str:
    """What the person is asked."""
    match detail:
        case ScriptDetail():
            return "Run this script?"
        case PythonFileDetail():
            return "Run this file?"
        case FileWriteDetail(creates=creates):
            return "Write this new file?" if creates else "Make this change?"
        case SecretReadDetail():
            return "Let the model read this file?"
        case SpendDetail():
            return "Send this request anyway?"
        case McpDetail(server=server):
            return f"Call this tool of the MCP server {server}?"
        case HandOverDetail(assistant=assistant):
            return f"Hand this task to {assistant}?"
        case _:
            assert_never(detail)


def lines_of(detail: ApprovalDetail, paint: Paint) -> list[str]:
    """The lines to show. Controls and other characters that do not show are written as escapes."""
    match detail:
        case ScriptDetail():
            return [
                _fact(paint, "shell", detail.shell_path),
                _fact(paint, "in", detail.cwd),
                _fact(paint, "limit", f"{detail.timeout_seconds:g} s"),
                *_fence(detail.fence, paint),
                *_numbered(detail.script, paint),
                *reading_lines(detail, paint),
            ]
        case PythonFileDetail():
            return [
                _fact(paint, "file", detail.path),
                _fact(paint, "command", " ".join(_quoted(word) for word in detail.argv)),
                _fact(paint, "in", detail.cwd),
                _fact(paint, "limit", f"{detail.timeout_seconds:g} s"),
                *_fence(detail.fence, paint),
                *_numbered(detail.text, paint),
                *reading_lines(detail, paint),
            ]
        case FileWriteDetail():
            return [
                _fact(paint, "file", detail.path + (" (new)" if detail.creates else "")),
                *([paint.yellow(f"  {visible(detail.warning)}")] if detail.warning else []),
                *_change(detail, paint),
            ]
        case SecretReadDetail():
            return [_fact(paint, "file", detail.path), _fact(paint, "why", detail.reason)]
        case SpendDetail():
            return [
                _fact(paint, "model", detail.model),
                _fact(paint, "cost", costs(detail.least_usd, detail.most_usd)),
                _fact(paint, "cap", cap_words(detail)),
            ]
        case McpDetail():
            return [
                _fact(paint, "server", f"{detail.server}: {detail.address}"),
                _fact(paint, "tool", detail.tool),
                _fact(paint, "says", detail.says),
                *(f"  {paint.dim('│')} {visible(line)}" for line in split_lines(detail.description)),
                *_numbered(detail.arguments, paint),
            ]
        case HandOverDetail():
            return [
                _fact(paint, "from", detail.asker),
                _fact(
                    paint, "to", f"{detail.assistant}: {detail.about}" if detail.about else detail.assistant
                ),
                _fact(paint, "model", detail.model),
                _fact(paint, "tools", detail.tools),
                *_numbered(detail.task, paint),
            ]
        case _:
            assert_never(detail)


def editable(detail: ApprovalDetail) -> str | None:
    """The text that the person may change before approving, None where there is none."""
    match detail:
        case ScriptDetail(script=script):
            return script
        case FileWriteDetail(content=content):
            return content
        case McpDetail(arguments=arguments):
            return arguments
        case HandOverDetail(task=task):
            return task
        case PythonFileDetail() | SecretReadDetail() | SpendDetail():
            return None
        case _:
            assert_never(detail)


def diff_lines(diff: str, paint: Paint) -> list[str]:
    """A unified diff, coloured, each line two spaces in."""
    return ["  " + paint.diff(visible(line)) for line in split_lines(diff)]


def split_lines(text: str) -> list[str]:
    """The lines of `text`, split at line feeds only: what other characters do is shown, not done."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _change(detail: FileWriteDetail, paint: Paint) -> list[str]:
    return diff_lines(detail.diff, paint) if detail.diff else _numbered(detail.content, paint)


def _numbered(text: str, paint: Paint) -> list[str]:
    return [
        f"{paint.dim(f'{number:5} │')} {visible(line)}" for number, line in enumerate(split_lines(text), 1)
    ]


def _fence(fence: Fence | None, paint: Paint) -> list[str]:
    """What stands between the run and the rest of the machine, and what of it this machine lacks."""
    if fence is None:
        return []
    words = fence_words(fence)
    lines = [_fact(paint, "fence", words) if fence.confined else paint.yellow(f"  fence   {words}")]
    return [*lines, *(paint.dim(f"          {visible(missing, keep='')}") for missing in fence.here.missing)]


def preview_lines(event: PreviewReady, paint: Paint) -> list[str]:
    """What a preview did: its output, every change, and what cannot be seen of it."""
    code = "no exit code" if event.exit_code is None else f"exit code {event.exit_code}"
    lines = [paint.bold(f"  preview: {code} after {event.seconds:.1f} s, {len(event.changes):,} changes")]
    for name, text in (("stdout", event.stdout), ("stderr", event.stderr)):
        lines += [f"{paint.dim(f'  {name} │')} {visible(line)}" for line in split_lines(text)]
    for change in event.changes:
        lines.append(f"  {visible(change_words(change), keep='')}")
        lines += diff_lines(change.diff, paint)
    lines += [f"  outside the project: {visible(one, keep='')}" for one in event.outside]
    lines += [paint.yellow(f"  {visible(one, keep='')}") for one in event.notices]
    lines += [paint.dim(f"  {visible(one, keep='')}") for one in event.unseen]
    if event.refused:
        lines.append(paint.yellow(f"  It cannot be applied: {visible(event.refused, keep='')}."))
    return lines


def _fact(paint: Paint, name: str, value: str) -> str:
    return f"  {paint.dim(f'{name:<8}')}{visible(value, keep='')}"


def _quoted(word: str) -> str:
    return word if word and not any(c in word for c in " \t\n\"'\\$") else repr(word)
