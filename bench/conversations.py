"""Conversations with the instant server, by this program and by a bare SDK, each in processes of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from instant_server import FILE

HERE = Path(__file__).parent
KEY = "bench-key-0123456789"
MODELS = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}
_KEYS = {
    "anthropic": "ANTHROPIC_API_KEY",
    "gemini": "GEMINI_API_KEY",
    "openai": "OPENAI_API_KEY",
    "compatible": "COPILOT_COMPATIBLE_API_KEY",
}


class RunFailedError(Exception):
    """A run that did not end well; its words are what it wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What one run took. Seconds; `pauses` are when each answer had left and the next request was there.

    `syncs` are when each wait for the disk began and how long it was, where they were asked for.
    """

    first_request: float
    answered: float
    pauses: tuple[tuple[float, float], ...]
    cpu: float
    last_bytes: int
    syncs: tuple[tuple[float, float], ...] = ()

    @property
    def gaps(self) -> tuple[float, ...]:
        """From each answer's end to the next request's end."""
        return tuple(after - before for before, after in self.pauses)

    @property
    def disk(self) -> tuple[float, ...]:
        """What of each gap was waiting for the disk."""
        return tuple(
            sum(min(taken, after - began) for began, taken in self.syncs if before <= began < after)
            for before, after in self.pauses
        )

    @property
    def syncs_each(self) -> float:
        """How often a gap waited for the disk."""
        inside = [1 for began, _ in self.syncs for before, after in self.pauses if before <= began < after]
        return len(inside) / len(self.pauses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Where runs take place. `tools` and `system` are what both this program and the bare SDK send."""

    scratch: Path
    tools: Path
    system: Path

    @classmethod
    def made(cls, scratch: Path) -> "Bench":
        """Prepare a folder: a base directory with one file, and what the bare SDK is handed."""
        from copilot.context.prompt import SYSTEM_PROMPT
        from copilot.shell.shells import find_shells
        from copilot.tools.registry import default_tools

        (scratch / "work").mkdir()
        (scratch / "work" / FILE).write_text("Some words of a file that is read at every round.\n" * 20)
        shells = find_shells(dict(os.environ), sys.platform)
        offered = default_tools(shells[0] if shells else None, environ=os.environ, platform=sys.platform)
        told = [
            {"name": spec.name, "description": spec.description, "parameters": dict(spec.parameters)}
            for spec in offered.specs
        ]
        tools, system = scratch / "tools.json", scratch / "system.txt"
        tools.write_text(json.dumps(told))
        system.write_text(SYSTEM_PROMPT)
        return cls(scratch=scratch, tools=tools, system=system)

    def ours(
        self, provider: str, rounds: int, *, home: str, syncs: Path | None = None, think: float = 0.0
    ) -> Conversation:
        """`copilot ask` with a home of this name; the same name is the same home.

        `syncs` is a file for each wait for the disk (see `timed_syncs.py`); None: they are not asked for.
        The server thinks for `think` seconds before it answers.
        """
        words = ["ask", "--home", str(self.scratch / home), "--base-dir", str(self.scratch / "work")]
        words += ["--provider", provider, "--model", MODELS[provider], "--max-rounds", str(rounds + 1)]
        program = ["-m", "copilot"] if syncs is None else [str(HERE / "timed_syncs.py"), str(syncs)]
        told = self._run(provider, rounds, think, lambda url: [*program, *words, "--base-url", url, "go"])
        if syncs is None:
            return told
        return replace(told, syncs=tuple(map(tuple, json.loads(syncs.read_text()))))

    def bare(self, provider: str, rounds: int, *, think: float = 0.0) -> Conversation:
        """The loop of the SDK's manual, against the same server."""
        script, files = str(HERE / "bare_sdk.py"), [str(self.tools), str(self.system)]
        return self._run(
            provider, rounds, think, lambda url: [script, provider, url, MODELS[provider], *files]
        )

    def _run(self, provider: str, rounds: int, think: float, words: Any) -> Conversation:
        serving = [sys.executable, str(HERE / "instant_server.py"), provider, str(rounds), str(think)]
        with subprocess.Popen(serving, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                path = "/v1" if provider in ("openai", "compatible") else ""
                url = f"http://127.0.0.1:{server.stdout.readline().strip()}{path}"
                began, ended, cpu = self._client([sys.executable, *words(url)], {_KEYS[provider]: KEY})
                came, left = json.loads(server.stdout.readline())
                sizes = json.loads(server.stdout.readline())
            finally:
                server.kill()
        return Conversation(
            first_request=came[0] - began,
            answered=ended - began,
            pauses=tuple(zip(left, came[1:], strict=False)),
            cpu=cpu,
            last_bytes=sizes[-1],
        )

    def _client(self, command: Sequence[str], keys: Mapping[str, str]) -> tuple[float, float, float]:
        """When the process began, when it printed its last answer or ended, and its processor seconds."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "COPILOT_"))}
        errors = self.scratch / "errors.txt"
        with errors.open("wb") as written:
            began = time.monotonic()
            client = subprocess.Popen(
                command,
                cwd=self.scratch / "work",
                env={**kept, **keys},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=written,
            )
        assert client.stdout is not None
        with client.stdout:
            os.read(client.stdout.fileno(), 1)
            ended = time.monotonic()
            client.stdout.read()
        _, status, used = os.wait4(client.pid, 0)
        client.returncode = os.waitstatus_to_exitcode(status)
        if status:
            raise RunFailedError(errors.read_text("utf-8", "replace")[-2_000:])
        return began, ended, used.ru_utime + used.ru_stime


def table(head: Sequence[str], rows: Sequence[Sequence[str]], *, markdown: bool) -> str:
    """Rows under a head, aligned or as Markdown."""
    if markdown:
        lines = [head, ["---"] * len(head), *rows]
        return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = ["  ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)) for cells in (head, *rows)]
    return "\n".join(line.rstrip() for line in lines)
