"""A project on disk and the world of its tool calls, for tests: the real tools, a gate that is a list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from copilot.shell.shells import Shell
from copilot.tools.context import DetailT, FilesSeen, Report, ToolContext
from copilot.tools.registry import Tools, default_tools
from copilot.vocabulary.approvals import ApprovalDetail
from copilot.vocabulary.errors import RejectedError
from copilot.vocabulary.messages import JsonValue, ToolCall
from copilot.vocabulary.values import Limits

SH = Shell(name="sh", path="/bin/sh")
ENVIRON: Mapping[str, str] = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Gate:
    """Approves everything and remembers what it was asked; `answer` may change a detail or raise."""

    def __init__(self) -> None:
        self.asked: list[ApprovalDetail] = []
        self.answer: Callable[[ApprovalDetail], ApprovalDetail] = lambda detail: detail

    def __call__(self, detail: DetailT, /) -> DetailT:
        self.asked.append(detail)
        answered = self.answer(detail)
        assert isinstance(answered, type(detail))
        return answered


def rejects(detail: ApprovalDetail) -> ApprovalDetail:
    """The person says no."""
    raise RejectedError("no")


@dataclass(slots=True, kw_only=True)
class World:
    """`root` is the base directory; beside it lie `outside` and the home."""

    root: Path
    gate: Gate = field(default_factory=Gate)
    seen: FilesSeen = field(default_factory=FilesSeen)
    report: Report = field(default_factory=Report)
    started: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    output: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    keys: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    environ: Mapping[str, str] = field(default_factory=lambda: ENVIRON)
    cancelled: Callable[[], bool] = lambda: False
    shell: Shell | None = SH
    home: Path = Path()

    def __post_init__(self) -> None:
        if self.home == Path():
            self.home = self.root.parent / "home"

    @property
    def outside(self) -> Path:
        """A folder that no tool may touch."""
        return self.root.parent / "outside"

    @property
    def tools(self) -> Tools:
        """The tools of a Linux machine with `shell`."""
        return default_tools(self.shell, environ=self.environ, platform="linux")

    def context(self) -> ToolContext:
        """What a call is handed."""
        return ToolContext(
            base_dir=self.root,
            scripts_dir=self.home / "scripts" / "generated",
            session="20260101_000000_test",
            limits=self.limits,
            seen=self.seen,
            approve=self.gate,
            cancelled=self.cancelled,
            output=self._output,
            started=lambda script, sha256: self.started.append((script, sha256)),
            report=self.report,
            keys=self.keys,
        )

    def call(self, name: str, /, **arguments: JsonValue) -> str:
        """One call as the loop makes it."""
        return self.tools.call(ToolCall(call_id="call_1", name=name, arguments=arguments), self.context())

    def put(self, path: str, data: str | bytes) -> Path:
        """Write a file of the project, its folders made."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return file

    def _output(self, stream: Literal["stdout", "stderr"], text: str) -> None:
        self.output.append((stream, text))


def make_world(folder: Path) -> World:
    """A new world in an empty folder; `outside/secret.txt` holds the canary."""
    world = World(root=folder / "proj")
    world.root.mkdir()
    world.outside.mkdir()
    (world.outside / "secret.txt").write_text("CANARY", encoding="utf-8")
    return world


def tree(folder: Path, *, without: str = "") -> dict[str, bytes]:
    """Every regular file below a folder with its bytes; `without` names one entry that is left out."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for top in sorted(folder.iterdir())
        if top.name != without and not top.is_symlink()
        for path in (top, *sorted(top.rglob("*")))
        if path.is_file() and not path.is_symlink()
    }
