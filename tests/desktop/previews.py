"""What the scripted worker answers to `PreviewRequest`: the requests of a shop's project, written to disk."""

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from listings import AT, SHOP_CHOICE, shop
from plays import Play, opened, project

from copilot.ai.cache_break import Sent, cache_break, difference
from copilot.ai.xray import Xray
from copilot.desktop.paths import Paths
from copilot.vocabulary import events as e
from copilot.vocabulary.commands import (
    BuildContext,
    ChooseFiles,
    Command,
    ListFiles,
    PreviewRequest,
    RunTurn,
    SetBudget,
)
from copilot.vocabulary.messages import Message, Text
from copilot.vocabulary.values import FileState, Limits, ModelChoice, Project, Section, Usage

MODEL = ModelChoice(provider="anthropic", model="claude-sonnet-4-5")
TOOLS = (
    ("read_file", 210), ("list_directory", 160), ("search_text", 190), ("search_files", 150),
    ("get_file_summary", 130), ("edit_file", 260), ("write_file", 170), ("run_shell", 320),
    ("run_python_file", 240), ("discovered_tool_output", 110),
)  # fmt: skip
SYSTEM = "You are Copilot, an assistant for software work in one folder.\n" * 30
Parts = list[tuple[Section, str]]


def estimate(words: str) -> int:
    """Tokens, near enough."""
    return len(words) // 4


class Previewer:
    """Answers the commands of a window whose project is a shop."""

    def __init__(self) -> None:
        self.project: Project = project(
            "/home/ada/work/shop", name="shop", files=SHOP_CHOICE, limits=Limits(max_context_tokens=32_000)
        )
        self._folder = Path(tempfile.mkdtemp(prefix="previews-"))
        self._sent: Sent | None = None
        self._count = 0

    def play(self) -> Play:
        """The play that begins with this project."""
        return Play(opened(self.project), self.react, model=MODEL)

    def react(self, command: Command) -> Iterator[e.Event | float]:
        """What the worker answers."""
        match command:
            case ListFiles():
                yield shop(command)
            case BuildContext(request_id=request_id):
                yield self._built(request_id)
            case ChooseFiles(request_id=request_id, files=files):
                self.project = replace(self.project, files=files)
                yield e.ProjectChanged(at=AT, worker="w", request_id=request_id, project=self.project)
            case SetBudget(request_id=request_id, max_context_tokens=tokens, rank=rank):
                limits = replace(self.project.limits, max_context_tokens=tokens)
                self.project = replace(self.project, limits=limits, rank=rank)
                yield e.ProjectChanged(at=AT, worker="w", request_id=request_id, project=self.project)
            case PreviewRequest():
                yield self._previewed(command)[0]
            case RunTurn():
                yield from self._turn(command)
            case _:
                pass

    def _files(self, value: Project) -> tuple[FileState, ...]:
        listed = shop(ListFiles(request_id="", project=value, model=MODEL))
        return tuple(file for file in listed.files if file.view != "off")

    def _built(self, request_id: str) -> e.ContextBuilt:
        files = self._files(self.project)
        return e.ContextBuilt(
            at=AT,
            worker="w",
            request_id=request_id,
            path="/nowhere/shop_001.md",
            files=tuple(file.path for file in files),
            characters=sum(4 * file.tokens for file in files),
            tokens=sum(file.tokens for file in files),
            stepped=tuple(file for file in files if file.view != file.wanted and not file.pinned),
            budget=self.project.limits.max_context_tokens,
        )

    def _previewed(self, command: PreviewRequest | RunTurn) -> tuple[e.RequestPreviewed, Sent]:
        seen = self._xray(command)
        body = json.dumps([seen.text]).encode()
        self._count += 1
        text_path, body_path = (self._folder / f"{self._count}.{end}" for end in ("txt", "json"))
        text_path.write_bytes(seen.text.encode())
        body_path.write_bytes(body)
        sent = self._sent
        shown = e.RequestPreviewed(
            at=AT,
            worker="w",
            request_id=command.request_id if isinstance(command, PreviewRequest) else command.turn_id,
            branch=command.branch,
            model=MODEL,
            sha256=sha256(body).hexdigest(),
            body_path=str(body_path),
            text_path=str(text_path),
            tokens=sum(section.tokens for section in seen.sections),
            sections=seen.sections,
            changed=cache_break(sent, seen, estimate) if sent is not None else None,
            diff=difference(sent, seen) if sent is not None else "",
        )
        return shown, Sent(text=seen.text, sections=seen.sections, cached_end=seen.cached_end)

    def _xray(self, command: PreviewRequest | RunTurn) -> Xray:
        parts: Parts = []
        at = 0

        def add(kind: str, name: str, words: str, file: FileState | None = None) -> None:
            nonlocal at
            made = Section(
                kind=kind,  # type: ignore[arg-type]
                name=name,
                start=at,
                end=at + len(words),
                tokens=estimate(words),
                view=file.view if file is not None else None,
                pinned=file.pinned if file is not None else False,
            )
            parts.append((made, words))
            at += len(words)

        for name, tokens in TOOLS:
            add("tools", name, (f"— tool {name} —\nname: {name}\n" + "what it does\n" * 99)[: 4 * tokens])
        add("system", "system prompt", SYSTEM)
        for file in self._files(command.project):
            add("files", file.path, _markdown(file), file)
        for message in command.project.discussion.path(command.branch):
            add("branch", message.role, f"— {message.role} —\n{message.text}\n")
        if command.user_message.strip():
            add("message", "user", f"— user —\n{command.user_message}\n")
        end = at
        add("system", "settings", "— settings —\nmax_tokens: 32000\n")
        text = "".join(words for _, words in parts)
        return Xray(
            text=text, sections=tuple(section for section, _ in parts), shown=(), cached_end=end, body=None
        )

    def _turn(self, command: RunTurn) -> Iterator[e.Event | float]:
        at = {"at": AT, "worker": "w", "turn_id": command.turn_id, "branch": command.branch}
        yield e.TurnStarted(**at, model=command.model, user_message=command.user_message)
        shown, self._sent = self._previewed(command)
        tip = command.project.discussion.tip(command.branch)
        for role, words in (("user", command.user_message), ("assistant", "The shop is open. " * 120)):
            message = Message(
                id=f"{role}{self._count}", parent=tip, role=role, parts=(Text(text=words),), at=AT
            )  # type: ignore[arg-type]
            discussion, _ = Paths(self.project.discussion).kept(command.branch, message)
            self.project = replace(self.project, discussion=discussion)
            yield e.MessageKept(at=AT, worker="w", branch=command.branch, message=message)
            tip = message.id
        usage = Usage(input_tokens=shown.tokens, output_tokens=500)
        yield e.UsageReported(**at, round=1, usage=usage, seconds=2.0, sha256=shown.sha256)
        yield e.TurnFinished(**at, text="The shop is open.", rounds=1, reason="answered")


def _markdown(file: FileState) -> str:
    head = f"## {file.path}\n\n"
    line = f"def of_{file.path.rsplit('/', 1)[-1].split('.')[0]}_{{}}(order, stock):  # a line of it\n"
    size = 4 * file.tokens - len(head)
    return (head + "".join(line.format(n) for n in range(size // len(line) + 1)))[: max(size, 40)]
