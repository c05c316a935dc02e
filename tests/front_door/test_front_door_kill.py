"""`kill -9` in the middle of a turn: what was shown is there at the next start, and work goes on."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.rehearsal.scenario import shipped
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import PROMPTS, copy_calculator, plant_bug
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.events import Event, MessageKept, ToolFinished


def asking(home: Path, base_dir: Path, url: str, prompt: str) -> list[str]:
    return [
        sys.executable, "-m", "copilot", "ask", prompt, "--json", "--approve", "all", "--home", str(home),
        "--project", "calculator", "--base-dir", str(base_dir), "--provider", "anthropic", "--base-url", url,
    ]  # fmt: skip


@pytest.mark.parametrize("lines", [4, 12, 21, 30, 37, 60])
def test_a_kill_loses_nothing_that_was_shown(lines: int, tmp_path: Path, home_dir: Path) -> None:
    base_dir = tmp_path / "calculator"
    copy_calculator(base_dir)
    plant_bug(base_dir)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "ANTHROPIC_API_KEY": "sk-ant-kill-test-1"}
    with RehearsalServer(shipped("tour").model_copy(update={"delay": 0.002})) as server:
        told = killed_after(lines, asking(home_dir, base_dir, server.url, PROMPTS["tour"]), environ)
        ids = itertools.count()
        store = Store.open(
            Home(root=home_dir), "calculator", clock=time.time, new_id=lambda: f"fresh-{next(ids)}"
        )
        kept = {message.id: message for message in store.project.discussion.messages}
        store.close()
        for event in told:
            if isinstance(event, MessageKept):
                assert kept[event.message.id] == event.message
            if isinstance(event, ToolFinished):
                outputs = [r.output for m in kept.values() for r in m.results if r.call_id == event.call_id]
                assert outputs == [event.output]
        again = subprocess.run(
            asking(home_dir, base_dir, server.url, PROMPTS["tour"]),
            env=environ, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert again.returncode == 0, again.stderr
        assert server.failures == [] or all(failure.status == 0 for failure in server.failures)


def killed_after(lines: int, command: list[str], environ: dict[str, str]) -> list[Event]:
    """Run until so many events were printed, kill, and give the events that were printed whole."""
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        seen = [line for line in itertools.islice(process.stdout, lines) if line.endswith(b"\n")]
        process.send_signal(signal.SIGKILL)
        seen += [line for line in process.stdout if line.endswith(b"\n")]
    assert process.returncode == -signal.SIGKILL
    assert len(seen) >= lines
    return [decode_event(json.loads(line)) for line in seen]
