"""Notifications: what is worth one, and that its words reach the system's program as they are."""

import sys
from pathlib import Path

import pytest

from copilot.desktop.notifying import Notifier, Told, worth_telling
from copilot.vocabulary import events as e
from copilot.vocabulary.approvals import ScriptDetail

TURN = {"at": 1.0, "worker": "w", "turn_id": "t", "branch": "main"}


def recorder(folder: Path, name: str, *, code: int = 0) -> Path:
    """A program of that name that writes down its arguments and the words in its environment."""
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, os, sys\n"
        f"json.dump([sys.argv[1:], os.environ.get('COPILOT_TITLE'), os.environ.get('COPILOT_WORDS')],"
        f" open({str(folder / 'told.json')!r}, 'w'))\n"
        f"sys.exit({code})\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def asked(verdict: str) -> e.ApprovalRequested:
    return e.ApprovalRequested(
        **TURN,
        request_id="r",
        call_id="c",
        tool="run_shell",
        verdict=verdict,  # type: ignore[arg-type]
        detail=ScriptDetail(shell="bash", shell_path="/bin/bash", script="ls", cwd="/", timeout_seconds=1.0),
    )


def test_what_waits_for_the_person_is_told_and_what_does_not_is_not() -> None:
    told = worth_telling(asked("ask"), "shop")
    assert told == Told("shop: your approval is needed", "run_shell on main", urgent=True)
    assert worth_telling(asked("allow"), "shop") is None
    assert worth_telling(e.TextDelta(**TURN, text="x"), "shop") is None


@pytest.mark.parametrize(
    ("platform", "program"), [("linux", "notify-send"), ("darwin", "osascript"), ("win32", "powershell")]
)
def test_the_words_are_arguments_and_never_code(platform: str, program: str, tmp_path: Path) -> None:
    path = recorder(tmp_path / "bin", program)
    hostile = '--help"; touch pwn; $(id) <b>'
    notifier = Notifier(platform, {}, lambda name: str(path) if name == program else None)
    assert notifier.tell(Told(hostile, hostile))
    import json

    argv, title, words = json.loads((tmp_path / "bin" / "told.json").read_text(encoding="utf-8"))
    if platform == "win32":
        assert (title, words) == (hostile, hostile)
        assert not any("touch" in one for one in argv)
    elif platform == "darwin":
        assert argv[2:] == [hostile, hostile]
    else:
        assert argv[1:] == ["--", hostile, hostile.replace("<", "&lt;").replace(">", "&gt;")]


def test_a_system_without_notifications_says_so(tmp_path: Path) -> None:
    assert not Notifier("linux", {}, lambda _: None).tell(Told("a", "b"))
    path = recorder(tmp_path / "bin", "notify-send", code=1)
    assert not Notifier("linux", {}, lambda _: str(path)).tell(Told("a", "b"))
