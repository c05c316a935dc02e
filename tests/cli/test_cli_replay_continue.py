"""Going on from a step of a session: recorded results stand in until the model calls something else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from program_runs import at, call, environ, run, say, serve, turn

from copilot.assembly.continuing import continuation
from copilot.record.log_reader import LogReader, find_log
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.events import MessageKept, ToolCallRequested, TurnFinished

READ = call("read_file", path="a.py")
COUNT = call("run_shell", script="echo ran >> ran.txt\necho counted\n")
OTHER = call("run_shell", script="echo other >> other.txt\necho other\n")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "a.py").write_text("x = 1\n")
    return folder


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return environ(tmp_path, ANTHROPIC_API_KEY="sk-ant-test-0123456789")


def done(rules: str, *words: str, env: dict[str, str], cwd: Path) -> tuple[str, list[list[Any]]]:
    """What a run told, and the messages of each request that it sent."""
    server = serve(rules)
    try:
        ended = run(*words, *at(server), "--approve", "all", env=env, cwd=cwd)
        assert (ended.returncode, server.failures) == (0, []), ended.stderr
        return ended.stderr, [request.body["messages"] for request in server.requests if request.body]
    finally:
        server.stop()


def test_recorded_results_stand_in_until_the_histories_part(project: Path, env: dict[str, str]) -> None:
    done(turn(READ, COUNT, say("Done.")), "ask", "Count", env=env, cwd=project)
    assert (project / "ran.txt").read_text() == "ran\n"
    logs = Path(env["COPILOT_HOME"], "logs")
    _, session = find_log("latest", logs, logs)
    with LogReader(logs, session) as reader:
        records = [(record.seq, record.event()) for record in reader.records()]
    first = next(seq for seq, event in records if isinstance(event, ToolCallRequested))
    result = next(seq for seq, event in records if isinstance(event, MessageKept) and event.message.results)
    end = next(seq for seq, event in records if isinstance(event, TurnFinished))

    # In the middle of the first call: its result and that of the second stand in, the third call runs.
    rules = turn(READ, COUNT, OTHER, say("Otherwise."))
    told, sent = done(rules, "replay", session, "--from", str(first), env=env, cwd=project)
    assert "2 recorded results stand in" in told
    assert re.search(r"✓ run_shell exit code 0, \d+ characters, recorded, not run", told)
    assert ((project / "ran.txt").read_text(), (project / "other.txt").read_text()) == ("ran\n", "other\n")
    assert [len(messages) for messages in sent] == [1, 3, 5, 7]
    assert "counted" in json.dumps(sent[2])

    # Behind the first call's result, which is history then; another call comes next: nothing stands in.
    rules = turn(READ, OTHER, COUNT, say("Otherwise."))
    told, sent = done(rules, "replay", session, "--from", str(result), env=env, cwd=project)
    assert [len(messages) for messages in sent] == [3, 5, 7]
    assert "recorded, not run" not in told
    assert (project / "ran.txt").read_text() == "ran\nran\n"

    before = continuation(logs, session, 1)
    assert (before.history, before.prompt, len(before.recorded)) == ((), "Count", 2)
    with pytest.raises(ProjectError, match="no turn is under way"):
        continuation(logs, session, end)
