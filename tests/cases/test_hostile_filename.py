"""Area `filename` of the hostile cases: names that lie to the eye, to a command line or to a terminal."""

import os
import sys
from pathlib import Path

import pytest
from hostile import case

from copilot.cli.editor import edited
from copilot.cli.interrupts import Interrupts
from copilot.desktop import text
from copilot.desktop.outside import another_window
from copilot.projects.home import Home
from copilot.vocabulary.text import visible


def test_names_that_look_alike_are_told_apart() -> None:
    hidden, plain = case("name-002").split(" next to ")
    assert hidden != plain
    for show in (text.one_line, text.shown, text.label, visible):
        assert show(hidden) != show(plain)
        assert "200b" in show(hidden)


def recorder(folder: Path) -> Path:
    """A program that writes down what it was given, a line each."""
    program = folder / "record.py"
    program.write_text(
        f"#!{sys.executable}\nimport sys\n"
        f"open({str(folder / 'given')!r}, 'w').write('\\n'.join(sys.argv[1:]))\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    return program


def given(folder: Path) -> list[str]:
    return (folder / "given").read_text(encoding="utf-8").split("\n")


def test_a_name_that_looks_like_an_option_is_no_option(tmp_path: Path) -> None:
    name = case("name-004")
    program = recorder(tmp_path)
    home = Home(root=tmp_path)
    # A folder reaches a command line whole, so that its name never stands at the beginning of a word.
    another_window(home, ("--base-dir", str(tmp_path / name)), python=str(program))
    assert given(tmp_path)[-1].startswith("/")


def test_a_name_is_never_read_by_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = case("name-006")
    program = recorder(tmp_path)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    environ = {"EDITOR": str(program), "PATH": os.environ["PATH"]}
    suffix = "." + name.replace("/", "")
    devnull = Path(os.devnull)
    with devnull.open(encoding="utf-8") as nothing, devnull.open("w", encoding="utf-8") as sink:
        edited("x", suffix, environ, Interrupts(lambda: None), (nothing, sink))
    assert given(tmp_path)[-1].endswith(suffix)
    another_window(Home(root=tmp_path), ("--base-dir", str(here / name)), python=str(program))
    assert given(tmp_path)[-1] == str(here / name)
    assert list(here.iterdir()) == []


def test_escapes_in_a_name_are_seen_and_never_obeyed() -> None:
    name = case("name-008")
    for show in (text.one_line, text.shown, text.label, visible):
        shown = show(name)
        assert "\\x1b[2J\\x1b]0;pwned\\x07.txt" in shown
        assert "\x1b" not in shown
        assert "\x07" not in shown


def test_a_label_hides_nothing_behind_its_marks() -> None:
    shown = text.label(case("name-010"))
    assert "##" not in shown
    assert shown.replace("\u200b", "") == case("name-010")
