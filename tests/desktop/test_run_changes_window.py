"""What a call changed, in the real window: its differences, Undo and Redo by the mouse, and going back."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer

pytestmark = pytest.mark.window

QUIET = 1.1
SCENARIO = r'''
[[rule]]
when = { asked = "first", round = 1 }
answer = [{ call = "run_shell", arguments = { script = """
sed -i s/two/TWO/ notes.txt
mkdir -p docs
printf '# Calculator\\n\\nAdds numbers.\\n' > docs/guide.md
rm old.txt
mv a.py calculator.py
""" } }]
[[rule]]
answer = [{ text = "It is done." }]
'''


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    base = tmp_path / "calculator"
    base.mkdir()
    (base / "notes.txt").write_text("one\ntwo\nthree\n")
    (base / "old.txt").write_text("left over\n")
    (base / "a.py").write_text("def add(a: int, b: int) -> int:\n    return a + b\n")
    with RehearsalServer(parse_scenario(SCENARIO)) as server:
        program = str(Path(__file__).with_name("run_real.py"))
        command = [
            sys.executable,
            program,
            str(tmp_path / "home"),
            str(base),
            "compatible",
            server.url + "/v1",
        ]
        window = Window.start([*command, str(tmp_path / "out"), "1440", "900"], display, tmp_path / "out")
        yield window
        window.kill()


def test_what_a_call_changed_is_shown_undone_redone_and_gone_back_before(
    window: Window, tmp_path: Path
) -> None:
    base = tmp_path / "calculator"
    window.click(window.find(tag="composer.input"))
    window.type("first")
    window.press("Return", "ctrl")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.fresh()
    window.click(window.find(tag="confirm.approve"))
    window.until(lambda: any("It is done." in one.words for one in window.items()), "the answer")
    undo = window.find(tag="tools.undo")
    assert not (base / "old.txt").exists()
    window.picture(tmp_path / "changes.png")
    window.click(undo)
    window.find(tag="tools.redo")
    window.until(lambda: (base / "old.txt").exists() and (base / "a.py").exists(), "the files of before")
    assert (base / "notes.txt").read_text() == "one\ntwo\nthree\n"
    assert not (base / "docs").exists()
    window.picture(tmp_path / "undone.png")
    window.click(window.find(tag="tools.redo"))
    window.find(tag="tools.undo")
    window.until(lambda: (base / "calculator.py").exists(), "the files as the run left them")
    assert "TWO" in (base / "notes.txt").read_text()
    (base / "notes.txt").write_text("one\nmine\nthree\n")
    window.click(window.find(tag="tools.undo"))
    window.find(words="notes.txt: the same place was changed since; the other version is in notes.run-")
    window.picture(tmp_path / "contradicts.png")
    assert (base / "notes.txt").read_text() == "one\nmine\nthree\n"
    assert [path.read_text() for path in base.glob("notes.run-*.txt")] == ["one\ntwo\nthree\n"]


def test_a_message_is_gone_back_to_with_its_files_by_its_menu(window: Window, tmp_path: Path) -> None:
    base = tmp_path / "calculator"
    window.click(window.find(tag="composer.input"))
    window.type("first")
    window.press("Return", "ctrl")
    window.find(tag="confirm.approve")
    time.sleep(QUIET)
    window.fresh()
    window.click(window.find(tag="confirm.approve"))
    window.until(lambda: any("It is done." in one.words for one in window.items()), "the answer")
    window.find(tag="tools.undo")
    assert not (base / "old.txt").exists()
    for _ in range(3):
        window.press("Up", "alt")
    cards = [one for one in window.items() if one.tag.startswith("discussion.more.")]
    window.click(min(cards, key=lambda one: one.centre[1]))
    window.find(tag="discussion.menu")
    window.fresh()
    window.picture(tmp_path / "menu.png")
    window.press("h")
    window.find(words="Files and messages")
    window.fresh()
    window.picture(tmp_path / "restore.png")
    window.press("Return")
    window.until(lambda: (base / "old.txt").exists() and (base / "a.py").exists(), "the files of before")
    window.until(
        lambda: not any("It is done." in one.words for one in window.items()), "the messages of then"
    )
    window.find(tag="tools.redo")
    window.picture(tmp_path / "restored.png")
