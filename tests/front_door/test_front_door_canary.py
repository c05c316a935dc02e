"""A key that is everywhere it can be met with is in no file that was written and in no byte that was sent."""

import base64
import gzip
import json
from pathlib import Path

from conftest import KEYS
from copilot.rehearsal.scenario import parse_scenario
from copilot.vocabulary.commands import ChooseFiles
from copilot.vocabulary.events import TurnFinished
from copilot.vocabulary.values import FileChoice

KEY = KEYS["ANTHROPIC_API_KEY"]
IN_BASE64 = base64.b64encode(f"user:{KEY}:more".encode()).decode()
SPELLED = (KEY, IN_BASE64, KEY.encode().hex(), KEY.encode().hex().upper())
"""How it stands in the project's files, in what a script prints, and in what the model says."""

SCRIPT = (
    "cat secret.txt; printf %s "
    + KEY[:20]
    + "; sleep 0.1; printf '%s\\n' "
    + KEY[20:]
    + "; base64 -w0 plain.txt"
)
SCENARIO = f"""
title = "canary"
[[rule]]
when = {{ round = 1 }}
answer = [
    {{ text = "It is {KEY}, or {IN_BASE64}, or {KEY.encode().hex()}." }},
    {{ call = "read_file", arguments = {{ path = "secret.txt" }} }},
    {{ call = "run_shell", arguments = {{ script = {json.dumps(SCRIPT)} }} }},
    {{ call = "write_file", arguments = {{ path = "x.txt", content = "{KEY}" }} }},
    {{ call = "read_file", arguments = {{ path = "{KEY}" }} }},
]
[[rule]]
answer = [{{ text = "Done with {IN_BASE64}." }}]
"""


def core(spelled: str) -> str:
    """Of a spelling, what no neighbour of the key changes."""
    return spelled[8:40] if spelled == IN_BASE64 else spelled


def found_in(data: bytes) -> list[str]:
    """The spellings that stand in these bytes."""
    return [one for one in SPELLED if core(one).encode() in data]


def test_a_key_is_in_nothing_that_is_written_or_sent(sit, home_dir: Path) -> None:
    sitting = sit("anthropic", parse_scenario(SCENARIO))
    (sitting.base_dir / "secret.txt").write_text("\n".join(SPELLED) + "\n")
    (sitting.base_dir / "plain.txt").write_text(f"ab{KEY}")
    files = (FileChoice(pattern="secret.txt"), FileChoice(pattern="plain.txt", view="summary"))
    sitting.do(ChooseFiles(request_id="choose", files=files))
    end = sitting.turn(f"My key is {KEY}; so is {IN_BASE64}. What of {KEY.encode().hex()}?")
    assert isinstance(end, TurnFinished), getattr(end, "message", "")
    sitting.close()
    searched = 0
    for path in home_dir.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            searched += 1
            assert found_in(gzip.decompress(data) if path.suffix == ".gz" else data) == [], path
            assert found_in(str(path).encode()) == []
    assert searched > 10
    assert len(sitting.server.requests) == 2
    for request in sitting.server.requests:
        headers = dict(request.headers)
        assert headers.pop("authorization", headers.pop("x-api-key", "")).endswith(KEY)
        assert found_in(json.dumps([request.body, headers, request.path], ensure_ascii=False).encode()) == []
    log = sitting.desk.logger.comms_path.read_text()
    assert "[redacted]" in log or "[key removed]" in log
    shown = "".join(getattr(event, "text", "") for event in sitting.events)
    assert found_in(shown.encode()) == []
    assert "It is [key removed], or" in shown
