"""Standard streams that are missing, full or no longer read: a line and an exit code, never a traceback."""

import subprocess
import sys
from pathlib import Path

import pytest
from program_runs import ARGV, environ, run

REHEARSED = ("ask", "hello", "--provider", "rehearsal")
FULL = "copilot: the output could not be written: No space left on device\n"


def in_shell(words: tuple[str, ...], redirected: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run with a redirection of the shell's; what is not redirected is kept."""
    return subprocess.run(
        ["/bin/sh", "-c", f'"$@" {redirected}', "sh", *ARGV, *words],
        env=environ(folder),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=90,
    )


@pytest.mark.parametrize("redirected", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    "words", [REHEARSED, ("doctor",), ("context", "*.py")], ids=["ask", "doctor", "context"]
)
def test_a_closed_stream_is_no_failure(tmp_path: Path, words: tuple[str, ...], redirected: str) -> None:
    (tmp_path / "a.py").touch()
    done = in_shell(words, redirected, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_what_is_printed_never_lands_in_a_file_of_ours(tmp_path: Path) -> None:
    """Without a standard output the first file that is opened would get its number."""
    in_shell((*REHEARSED, "--json"), "<&- >&- 2>&-", tmp_path)
    lines = [line for log in (tmp_path / "home" / "logs").iterdir() for line in log.read_text().splitlines()]
    assert lines
    assert [line for line in lines if line.startswith('{"event"')] == []


def test_nothing_is_asked_without_a_standard_input(tmp_path: Path) -> None:
    done = in_shell(("ask", "--provider", "rehearsal"), "<&-", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("copilot ask: nothing was asked.")


@pytest.mark.parametrize(
    "words",
    [
        REHEARSED,
        (*REHEARSED, "--json"),
        ("doctor",),
        ("context", "*.py"),
        ("--version",),
        ("rehearse", "tour"),
    ],
    ids=["ask", "json", "doctor", "context", "version", "rehearse"],
)
def test_a_full_standard_output_is_said(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "a.py").touch()
    done = in_shell(words, ">/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, FULL)


@pytest.mark.parametrize(
    "words", [REHEARSED, ("doctor",), ("context", "*.py")], ids=["ask", "doctor", "context"]
)
def test_a_reader_that_has_gone_is_not_worth_a_word(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "a.py").touch()
    done = in_shell(words, '| true; echo ""', tmp_path)
    assert (done.stdout, done.stderr) == ("\n", "")


def test_ctrl_c_while_it_still_loads_is_no_traceback(tmp_path: Path) -> None:
    """The signal comes with the first module that the command line loads."""
    code = (
        "import os, signal, sys\n"
        "class Early:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'copilot.cli.parser': os.kill(os.getpid(), signal.SIGINT)\n"
        "from copilot.__main__ import main\n"
        "sys.meta_path.insert(0, Early())\n"
        "sys.exit(main(['doctor']))"
    )
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, env=environ(tmp_path), cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_a_current_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD"; exec "$@"'
    done = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *ARGV, "doctor"],
        env=environ(tmp_path),
        cwd=gone,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("copilot: the current folder cannot be used: No such file")


@pytest.mark.parametrize("option", ["--home", "--base-dir"])
def test_an_empty_word_is_not_the_current_folder(tmp_path: Path, option: str) -> None:
    """A variable that is not set must not make a home of the project."""
    here = tmp_path / "here"
    here.mkdir()
    done = run(*REHEARSED, option, "", env=environ(tmp_path), cwd=here)
    assert done.returncode == 2
    assert f"argument {option}: an empty word names no folder" in done.stderr
    assert list(here.iterdir()) == []
