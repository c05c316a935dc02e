"""Searching all projects by keyboard: as one types, and to the very message; and an export by name."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from driver import Window

from copilot.projects.exchange import from_json_bytes
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult

pytestmark = pytest.mark.window

BOX = "search.words"


def said(number: int, text: str, parent: str | None) -> Message:
    role = "assistant" if number % 2 else "user"
    at = time.time() - 86_400 * 3 + number
    return Message(id=f"m{number}", parent=parent, role=role, parts=(Text(text=text),), at=at, model="claude")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A long discussion with a second branch, and another project with a call."""
    home = Home(root=tmp_path / "home").make()
    (tmp_path / "work").mkdir()
    words = ["Where does the cart lose its discount?", "In `total`: it rounds before it adds up."] * 15
    messages = [said(n, text, f"m{n - 1}" if n else None) for n, text in enumerate(words)]
    messages[4] = said(4, "And what of the heffalump in the shipping costs?", "m3")
    messages.append(said(30, "Try a heffalump trap instead.", "m5"))
    discussion = Discussion(
        messages=tuple(messages), branches=(Branch(name="main", tip="m29"), Branch(name="idea", tip="m30"))
    )
    call = ToolCall(call_id="c", name="run_shell", arguments={"script": "grep -rn heffalump src\n"})
    result = ToolResult(call_id="c", name="run_shell", output="src/trap.py:3: class Heffalump:\n")
    others = (
        replace(said(1, "", None), id="s1", parts=(call,)),
        Message(id="s2", parent="s1", role="tool", parts=(result,), at=time.time() - 7_200),
    )
    for name, tree in (
        ("calculator", discussion),
        ("shop", Discussion(messages=others, branches=(Branch(name="main", tip="s2"),))),
    ):
        project = replace(new(home, name, tmp_path / "work"), discussion=tree)
        (home.projects / f"{name}.toml").write_text(dump(project))
    return home


@pytest.fixture
def window(display: str, home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    """The real window, on a system whose dialogs choose `out/saved` at once."""
    programs, out = tmp_path / "bin", tmp_path / "out"
    programs.mkdir()
    (programs / "zenity").write_text(f"#!/bin/sh\necho {out}/saved.json\n")
    (programs / "zenity").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    command = [
        sys.executable,
        str(Path(__file__).with_name("run_real.py")),
        str(home.root),
        str(tmp_path / "work"),
    ]
    opened = Window.start([*command, "rehearsal", "", str(out), "1280", "800"], display, out)
    yield opened
    opened.kill()


def look_for(window: Window, words: str) -> None:
    window.press("f", "ctrl", "shift")
    window.until(lambda: (box := window.maybe(tag=BOX)) and box.active, "the caret")
    window.press("a", "ctrl")
    window.type(words)


def test_what_was_said_is_found_gone_to_and_exported(window: Window, home: Home, tmp_path: Path) -> None:
    window.find(words="it rounds before")
    window.press("f", "ctrl", "shift")
    window.find(words="Type to search every discussion")
    window.picture(tmp_path / "empty.png")
    window.until(lambda: window.find(tag=BOX).active, "the caret")
    window.type("heffal")
    window.find(words="4 found")
    window.find(words="shop · main · run_shell")
    window.fresh(3)
    window.picture(tmp_path / "found.png")
    window.press("Tab")
    window.find(words="2 found")
    window.press("Down")  # the newest is the one on the branch `idea`: test_going.py goes there
    window.press("Return")
    window.gone(tag=BOX)
    window.find(words="heffalump")
    window.fresh(3)
    window.picture(tmp_path / "there.png")

    look_for(window, "grep")
    window.find(words="Nothing has these words among the messages")
    window.press("Tab")
    window.find(words="1 found")
    window.press("Return")
    asked = tmp_path / "out" / "outside.jsonl"
    window.until(lambda: asked.exists() and asked.read_text().endswith("\n"), "a window elsewhere")
    assert json.loads(asked.read_text()) == ["project", "shop"]
    left = json.loads((home.state / "windows" / "shop.goto").read_text())
    assert (left["branch"], left["message"]) == ("main", "s1")

    window.press("p", "ctrl", "shift")
    window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the caret")
    window.type("Export this branch")
    window.until(lambda: window.find(tag="chooser.search").value == "Export this branch", "the words")
    window.fresh(2)
    window.press("Return")
    window.find(words="to be taken in again")
    window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the caret")
    window.type("json")
    window.until(lambda: window.find(tag="chooser.search").value == "json", "the word")
    window.fresh(2)
    window.press("Return")
    window.find(words="Copy its path")
    window.picture(tmp_path / "exported.png")
    saved = from_json_bytes((tmp_path / "out" / "saved.json").read_bytes())
    assert (saved.project, saved.name, len(saved.discussion.messages)) == ("calculator", "main", 30)
