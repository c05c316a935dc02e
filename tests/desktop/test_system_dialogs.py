"""The system's dialogs through programs that stand in for them: what they are given, what they answer."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from copilot.desktop.system_dialogs import Chosen, choose


def stand_in(folder: Path, name: str, answer: str, code: int = 0, error: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    program = folder / name
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys\n"
        f"open({str(folder / (name + '.argv'))!r}, 'w').write('\\n'.join(sys.argv[1:]))\n"
        f"sys.stdout.write({answer!r}); sys.stderr.write({error!r}); sys.exit({code})\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def ask(wanted: str, start: Path, programs: dict[str, Path], platform: str = "linux") -> Chosen:
    def find(name: str) -> str | None:
        return str(programs[name]) if name in programs else None

    return choose(wanted, "Choose", start, platform=platform, find=find, python="")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "platform"), [("zenity", "linux"), ("kdialog", "linux"), ("osascript", "darwin")]
)
def test_a_folder_with_an_odd_name_comes_back_as_it_is(name: str, platform: str, tmp_path: Path) -> None:
    odd = tmp_path / "$(touch pwn) ## é"
    program = stand_in(tmp_path / "bin", name, f"{odd}\n")
    assert ask("folder", tmp_path, {name: program}, platform) == Chosen((odd,))


@pytest.mark.parametrize(
    ("name", "platform"), [("zenity", "linux"), ("kdialog", "linux"), ("osascript", "darwin")]
)
def test_a_place_to_save_is_proposed_by_folder_and_name(name: str, platform: str, tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin", name, f"{tmp_path}/other.html\n")
    found = choose(
        "save",
        "Export to",
        tmp_path,
        platform=platform,
        find=lambda asked: str(program) if asked == name else None,
        python="",
        name="a b.html",
    )
    assert found == Chosen((tmp_path / "other.html",))
    told = (tmp_path / "bin" / f"{name}.argv").read_text()
    assert str(tmp_path) in told
    assert "a b.html" in told


def test_several_files_come_back_in_order(tmp_path: Path) -> None:
    program = stand_in(tmp_path / "bin", "zenity", "/a b\n/c\n")
    assert ask("files", tmp_path, {"zenity": program}) == Chosen((Path("/a b"), Path("/c")))


def test_a_cancelled_dialog_asks_no_second_one(tmp_path: Path) -> None:
    cancelled = stand_in(tmp_path / "bin", "zenity", "", code=1)
    other = stand_in(tmp_path / "bin", "kdialog", "/never\n")
    assert ask("files", tmp_path, {"zenity": cancelled, "kdialog": other}) == Chosen()
    assert not (tmp_path / "bin" / "kdialog.argv").exists()


def test_a_dialog_that_cannot_be_shown_gives_way_to_the_next(tmp_path: Path) -> None:
    broken = stand_in(tmp_path / "bin", "zenity", "", code=1, error="cannot open display: ")
    other = stand_in(tmp_path / "bin", "kdialog", "/found\n")
    assert ask("folder", tmp_path, {"zenity": broken, "kdialog": other}) == Chosen((Path("/found"),))


def test_where_there_is_none_it_is_said(tmp_path: Path) -> None:
    assert ask("folder", tmp_path, {}) == Chosen(shown=False)


def test_a_dialog_goes_with_the_program(tmp_path: Path) -> None:
    stand = tmp_path / "zenity"
    stand.write_text(
        f"#!{sys.executable}\n"
        "import os, pathlib, sys, time\n"
        f"place = pathlib.Path({str(tmp_path)!r})\n"
        "(place / 'pid.new').write_text(str(os.getpid()))\n"
        "(place / 'pid.new').rename(place / 'pid')\n"
        "time.sleep(600)\n",
        encoding="utf-8",
    )
    stand.chmod(0o755)
    program = (
        "import pathlib, threading, time\n"
        "from copilot.desktop.system_dialogs import choose\n"
        f"place = pathlib.Path({str(tmp_path)!r})\n"
        "find = lambda name: str(place / 'zenity') if name == 'zenity' else None\n"
        "ask = lambda: choose('folder', 'Choose', place, platform='linux', find=find, python='')\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        "while not (place / 'pid').exists():\n    time.sleep(0.01)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    pid = int((tmp_path / "pid").read_text())
    until = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < until, "the dialog is still there"
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
