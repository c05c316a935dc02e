"""What the scripted worker plays: the first events of a window, and its answer to each command."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from listings import small

from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    Decision,
    FileWriteDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
    SecretReadDetail,
)
from copilot.vocabulary.commands import (
    BuildContext,
    CancelTurn,
    ChooseFiles,
    Command,
    Decide,
    ForkBranch,
    ListFiles,
    RunTurn,
)
from copilot.vocabulary.messages import (
    Message,
    Text,
    ToolCall,
)
from copilot.vocabulary.values import FileChoice, ModelChoice, Project, Usage

AT = 1_766_000_000.0
MODEL = ModelChoice(provider="rehearsal", model="rehearsed-1")
SCRIPT = 'set -e\nsed -i "s/left - right/right - left/" calculator/rpn.py\npython -m pytest -q\n'
WRITE_DIFF = """--- a/notes.md
+++ b/notes.md
@@ -1,3 +1,4 @@
 # Notes
-old line
+new line
+another line
 end
"""

Steps = Iterable[e.Event | float]
Reaction = Callable[[Command], Steps]


@dataclass(frozen=True, slots=True)
class Play:
    """What one window sees."""

    first: tuple[e.Event | float, ...]
    react: Reaction
    model: ModelChoice = MODEL
    notices: tuple[str, ...] = ()


POWERSHELL = """\
git add . && git commit -m 'say "hi"'
Get-Process > out.txt
Set-Content notes.txt x
$name = Read-Host 'Name'
"""
"""Each line means something else to Windows PowerShell 5.1, or asks what nobody answers."""


def project(base_dir: str = "/home/ada/calculator", **changes: object) -> Project:
    """A small project."""
    made = Project(
        name="calculator",
        base_dir=base_dir,
        files=(
            FileChoice(pattern="calculator/**/*.py"),
            FileChoice(pattern="tests/**/*.py", view="summary"),
            FileChoice(pattern="README.md"),
        ),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def opened(value: Project) -> tuple[e.Event, ...]:
    """The first two events of every worker."""
    return (
        e.WorkerStarted(at=AT, worker="w", version="0.1.0"),
        e.ProjectOpened(at=AT, worker="w", project=value),
    )


class Stage:
    """Remembers the state that the scripted worker would have, and answers commands."""

    def __init__(
        self, detail: ApprovalDetail | None, *, answer: str = "All ten tests pass.", pause: float = 0.0
    ):
        self._detail = detail
        self._answer = answer
        self._pause = pause
        self._project = project()
        self._numbers = itertools.count(1)
        self._turn: RunTurn | None = None
        self._call = ""

    def play(self, **changes: object) -> Play:
        self._project = project(**changes)  # type: ignore[arg-type]
        return Play(opened(self._project), self.react)

    def react(self, command: Command) -> Iterator[e.Event | float]:
        match command:
            case RunTurn():
                yield from self._run(command)
            case Decide(decision=decision) if self._turn is not None:
                yield from self._decided(decision)
            case CancelTurn() if self._turn is not None:
                turn, self._turn = self._turn, None
                yield e.TurnCancelled(**self._in(turn), partial_text="")
            case ChooseFiles(files=files):
                self._project = replace(self._project, files=files)
                yield e.ProjectChanged(
                    at=AT, worker="w", request_id=command.request_id, project=self._project
                )
            case BuildContext():
                yield built(command.request_id)
            case ListFiles():
                yield small(command)
            case ForkBranch(name=name, at=at):
                del name, at
            case _:
                pass

    def _run(self, command: RunTurn) -> Iterator[e.Event | float]:
        self._turn = command
        at = self._in(command)
        number = next(self._numbers)
        user = Message(
            id=f"u{number}",
            parent=self._tip(command),
            role="user",
            parts=(Text(text=command.user_message),),
            at=AT,
        )
        yield e.TurnStarted(**at, model=command.model, user_message=command.user_message)
        yield e.MessageKept(at=AT, worker="w", branch=command.branch, message=user)
        yield e.RequestSent(**at, round=1, messages=1, characters=900, tokens=300)
        for piece in ("I will run the ", "tests ", "first.\n"):
            yield e.TextDelta(**at, text=piece)
            yield self._pause
        yield e.UsageReported(**at, round=1, usage=Usage(input_tokens=2100, output_tokens=120), seconds=1.2)
        if self._detail is None:
            yield from self._ended(command, user.id, number)
            return
        self._call = f"call-{number}"
        call = ToolCall(call_id=self._call, name="run_shell", arguments={"script": SCRIPT})
        parts = (Text(text="I will run the tests first.\n"), call)
        said = Message(
            id=f"a{number}", parent=user.id, role="assistant", parts=parts, at=AT, model="rehearsed-1"
        )
        yield e.MessageKept(at=AT, worker="w", branch=command.branch, message=said)
        yield e.ToolCallRequested(**at, call_id=self._call, name="run_shell", arguments={"script": SCRIPT})
        yield e.ApprovalRequested(
            **at,
            request_id=f"r{number}",
            call_id=self._call,
            tool="run_shell",
            detail=self._detail,
            verdict="ask",
        )

    def _decided(self, decision: Decision) -> Iterator[e.Event | float]:
        turn = self._turn
        assert turn is not None
        at = self._in(turn)
        approved = decision.decision == "approve"
        yield e.ApprovalResolved(
            **at,
            request_id=decision.request_id,
            call_id=self._call,
            decision=decision.decision,
            by="person",
            shown=True,
            note=decision.note,
        )
        output = "10 passed in 0.04s\n"
        if approved:
            yield e.ToolStarted(**at, call_id=self._call, name="run_shell", script="s_1.sh")
            yield e.ToolOutput(**at, call_id=self._call, stream="stdout", text=output)
        yield e.ToolFinished(
            **at,
            call_id=self._call,
            name="run_shell",
            status="ok" if approved else "rejected",
            output=output if approved else "The person rejected this.",
            seconds=0.4,
            exit_code=0 if approved else None,
        )
        yield from self._ended(turn, f"a{self._call[5:]}", int(self._call[5:]) + 100)

    def _ended(self, turn: RunTurn, parent: str, number: int) -> Iterator[e.Event | float]:
        at = self._in(turn)
        said = Message(
            id=f"a{number}b",
            parent=parent,
            role="assistant",
            parts=(Text(text=self._answer),),
            at=AT,
            model="rehearsed-1",
        )
        yield e.MessageKept(at=AT, worker="w", branch=turn.branch, message=said)
        self._turn = None
        yield e.TurnFinished(**at, text=self._answer, rounds=2, reason="answered")

    def _tip(self, command: RunTurn) -> str | None:
        return command.project.discussion.tip(command.branch)

    def _in(self, turn: RunTurn) -> dict[str, object]:
        return {"at": AT, "worker": "w", "turn_id": turn.turn_id, "branch": turn.branch}


def built(request_id: str, path: str = "/nowhere/calculator_001.md") -> e.ContextBuilt:
    """A context of a few files."""
    return e.ContextBuilt(
        at=AT,
        worker="w",
        request_id=request_id,
        path=path,
        files=(
            "README.md",
            "calculator/__init__.py",
            "calculator/__main__.py",
            "calculator/evaluate.py",
            "calculator/tokens.py",
            "tests/test_evaluate.py",
        ),
        characters=18_240,
        tokens=5_130,
    )


def script_detail(script: str = SCRIPT) -> ScriptDetail:
    """A shell script to approve."""
    return ScriptDetail(
        script=script,
        shell="bash",
        shell_path="/usr/bin/bash",
        cwd="/home/ada/calculator",
        timeout_seconds=120.0,
    )


def details() -> dict[str, ApprovalDetail]:
    """One of each kind."""
    return {
        "script": script_detail(),
        "python_file": PythonFileDetail(
            path="calculator/__main__.py",
            text='import sys\n\nfrom calculator import evaluate\n\nprint(evaluate(" ".join(sys.argv[1:])))\n',
            sha256="0" * 64,
            argv=("/home/ada/calculator/.venv/bin/python", "calculator/__main__.py", "2 * 3 + 4"),
            cwd="/home/ada/calculator",
            timeout_seconds=30.0,
        ),
        "file_write": FileWriteDetail(
            path="notes.md",
            content="# Notes\nnew line\nanother line\nend\n",
            diff=WRITE_DIFF,
            creates=False,
        ),
        "secret_read": SecretReadDetail(path=".env", reason="its name says that it holds keys or passwords"),
        "powershell": ScriptDetail(
            script=POWERSHELL,
            shell="powershell",
            shell_path="C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
            cwd="C:\\work\\calculator",
            timeout_seconds=120.0,
        ),
        "mcp": McpDetail(
            server="tickets",
            tool="search",
            arguments='{\n  "query": "rounding",\n  "open": true\n}',
            description=f"Search the tickets.\\u{{200b}}\n\n{'Words of a server, one by one. ' * 120}End.",
            says="it only reads (the server's own word, which nobody checks)",
            address="npx -y @example/tickets-server --all",
        ),
        "hidden": script_detail("echo safe \u202e# tfel ot thgir\necho " + "x" * 300 + "\n\techo tab\r\n"),
    }
