"""What the approval dialog says about a request. Pure: one view for each kind of `ApprovalDetail`."""

import shlex
from itertools import islice
from typing import Literal

from copilot.desktop.script_face import Face
from copilot.desktop.text import hidden_lines, long_lines, plural, seconds
from copilot.shell.reading.looks import gaps
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
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.money import cap_words, costs

MOST_GAPS = 4
"""Lines with a long run of blanks that are said above the script; its reading says more of them."""

DiffKind = Literal["hunk", "same", "added", "removed", "left"]
"""`left`: proposed, and left out by the person."""


@frozen
class RequestView:
    """One request in the dialog. `text` is what will run or be written; `editable`: it may be changed; `why`
    says for what reason the person is asked at all. `told` is what somebody else says of it, whom `told_by`
    names."""

    title: str
    ask: str
    facts: tuple[tuple[str, str], ...]
    text: str
    editable: bool
    approve: str
    why: str
    reject: str = "Reject"
    diff: str = ""
    warning: str = ""
    told: str = ""
    told_by: str = ""


@frozen(kw_only=False)
class DiffRow:
    """A line of a unified diff with its numbers in the old and the new file."""

    kind: DiffKind
    old: int | None
    new: int | None
    text: str


def view_of(detail: ApprovalDetail, why: str = "") -> RequestView:
    """How a request is shown. `why` is what the rules say of it, where they say anything."""
    view = _view(detail)
    return replace(view, why=why) if why else view


def _view(detail: ApprovalDetail) -> RequestView:
    match detail:
        case ScriptDetail():
            return RequestView(
                title="Run this script?",
                ask="The assistant wants to run a script. Exactly this text runs; you may edit it first.",
                facts=(
                    ("Shell", detail.shell_path),
                    ("Folder", detail.cwd),
                    ("Time limit", seconds(detail.timeout_seconds)),
                ),
                text=detail.script,
                editable=True,
                approve="Approve & Run",
                why="a script can do whatever you can, so each one asks",
            )
        case PythonFileDetail():
            return _python_view(detail)
        case FileWriteDetail():
            return _write_view(detail)
        case SecretReadDetail():
            return RequestView(
                title="Read a file that may hold secrets?",
                ask="What the file holds would be sent to the model's provider.",
                facts=(("File", detail.path),),
                text="",
                editable=False,
                approve="Allow reading",
                why=detail.reason,
            )
        case SpendDetail():
            return _spend_view(detail)
        case McpDetail():
            return _mcp_view(detail)
        case HandOverDetail():
            return _hand_over_view(detail)


def _python_view(detail: PythonFileDetail) -> RequestView:
    return RequestView(
        title="Run this Python file?",
        ask="The assistant wants to run a file as it stands. It is refused if it changes meanwhile.",
        facts=(
            ("File", detail.path),
            ("Command", " ".join(shlex.quote(part) for part in detail.argv)),
            ("Folder", detail.cwd),
            ("Time limit", seconds(detail.timeout_seconds)),
        ),
        text=detail.text,
        editable=False,
        approve="Approve & Run",
        why="a program can do whatever you can, so each one asks",
    )


def _write_view(detail: FileWriteDetail) -> RequestView:
    return RequestView(
        title="Create this file?" if detail.creates else "Change this file?",
        ask="The assistant wants to write a new file. You may edit what is in it first."
        if detail.creates
        else "The assistant wants to change a file. Take, leave or edit each part of the change.",
        facts=(("File", detail.path),),
        text=detail.content,
        editable=True,
        approve="Approve & Write",
        why="this path is protected: a change of it asks whatever your rule is"
        if detail.protected
        else "each change of a file asks",
        diff=detail.diff,
        warning=detail.warning,
    )


def _spend_view(detail: SpendDetail) -> RequestView:
    return RequestView(
        title="Send a request that may pass your cap?",
        ask="Nothing was sent yet. Caps stand under [caps] in config.toml; a project may lower them.",
        facts=(
            ("Model", detail.model),
            ("It costs", costs(detail.least_usd, detail.most_usd)),
        ),
        text="",
        editable=False,
        approve="Send anyway",
        why=f"it may pass {cap_words(detail)}",
        reject="Do not send",
    )


def _mcp_view(detail: McpDetail) -> RequestView:
    return RequestView(
        title=f"Call a tool of the MCP server {detail.server}?",
        ask="Exactly these arguments are sent. The server is not part of Copilot, and not confined.",
        facts=(
            ("Server", f"{detail.server}: {detail.address}"),
            ("Tool", detail.tool),
            ("It says", detail.says),
        ),
        text=detail.arguments,
        editable=True,
        approve="Approve & Call",
        why="a server's tool can do whatever the server can, so each call asks",
        told=detail.description or "(nothing)",
        told_by="What the server says of this tool, which the model reads too. Nobody has checked it:",
    )


def _hand_over_view(detail: HandOverDetail) -> RequestView:
    return RequestView(
        title=f"Hand a task to {detail.assistant}?",
        ask="It works on a branch of its own with this task alone, at its own cost; its changes ask, too.",
        facts=(
            ("From", detail.asker),
            ("To", f"{detail.assistant}: {detail.about}" if detail.about else detail.assistant),
            ("Model", detail.model),
            ("Tools", detail.tools),
        ),
        text=detail.task,
        editable=True,
        approve="Approve & Hand over",
        why=f"each task that is handed over asks; {detail.left} more may follow from your message",
    )


def warnings(text: str, columns: int, *, face: Face | None = None) -> tuple[str, ...]:
    """What a look at the box may miss: characters that do not show, and lines that run past its edge.

    With a `face` the box itself writes such characters out.
    """
    found: list[str] = []
    hidden = hidden_lines(text) if face is None else ()
    if face is not None and face.escaped:
        found.append("Characters in it do not show: they are written \\u{…} here, and so may you.")
    if face is not None and face.returns:
        found.append("Each of its lines ends with CR LF.")
    if face is not None:
        found.extend(f"Line {number}: {words}" for number, words in islice(gaps(face.text), MOST_GAPS))
    if hidden:
        found.append("Some characters here do not show. Written out, those lines are:")
        found.extend(hidden)
    far = long_lines(text if face is None else face.text, columns)
    if far:
        named = ", ".join(str(n) for n in far[:6]) + (" …" if len(far) > 6 else "")
        found.append(f"{plural(len(far), 'line')} longer than the box, scroll to read: {named}")
    return tuple(found)


def diff_rows(diff: str) -> tuple[DiffRow, ...]:
    """The lines of a unified diff without its two file headers."""
    found: list[DiffRow] = []
    old = new = 0
    for line in diff.split("\n"):
        if line.startswith("@@"):
            old, new = _starts(line)
            found.append(DiffRow("hunk", None, None, line))
        elif not old and not new:
            continue  # the headers before the first hunk
        elif line.startswith("+"):
            found.append(DiffRow("added", None, new, line[1:]))
            new += 1
        elif line.startswith("-"):
            found.append(DiffRow("removed", old, None, line[1:]))
            old += 1
        elif line.startswith(" "):
            found.append(DiffRow("same", old, new, line[1:]))
            old, new = old + 1, new + 1
        elif line.startswith("\\"):
            found.append(DiffRow("hunk", None, None, line[2:]))
    return tuple(found)


def _starts(hunk: str) -> tuple[int, int]:
    """The first line numbers of `@@ -61,5 +61,9 @@`; at least 1, which means "in a hunk"."""
    parts = hunk.split()
    numbers = [part[1:].split(",")[0] for part in parts[1:3]]
    old, new = (int(n) if n.isdigit() else 1 for n in (*numbers, "1", "1")[:2])
    return max(old, 1), max(new, 1)
