"""Documenting a project in a real window: the price first, stopped, gone on with, then what is stale."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.documents.page import bodies
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator

pytestmark = pytest.mark.window

RULE = '[[rule]]\nanswer = [{ text = "Hello." }]\n'
AT_ONCE, NEVER = f"[document]\n{RULE}", f"[document]\nwait = 600\n{RULE}"


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario(AT_ONCE))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def window(
    display: str, tmp_path: Path, server: RehearsalServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Window]:
    base, out = tmp_path / "calculator", tmp_path / "out"
    copy_calculator(base)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-documents-in-a-window")
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(tmp_path / "home"), str(base),
        "anthropic", server.url, str(out), "1280", "800",
    ]  # fmt: skip
    opened = Window.start(command, display, out)
    yield opened
    opened.kill()


def do(window: Window, title: str) -> None:
    """An action from the palette, by its title."""
    window.press("p", "ctrl", "shift")
    window.until(lambda: (box := window.maybe(tag="chooser.search")) and box.active, "the caret")
    window.type(title)
    window.until(lambda: window.find(tag="chooser.search").value == title, "the words")
    window.fresh(2)
    window.press("Return")


def asked(server: RehearsalServer) -> int:
    return len([one for one in server.requests if one.path == "/v1/messages"])


def test_it_is_priced_begun_stopped_gone_on_with_and_stale(
    window: Window, server: RehearsalServer, tmp_path: Path
) -> None:
    base = tmp_path / "calculator"
    page = base / "docs/CODEBASE.md"
    do(window, "Documents: see what it costs")
    window.find(tag="documents.plan.requests", words=" to ")
    window.find(tag="documents.plan.cost", words="from $")
    window.picture(tmp_path / "planned.png")
    assert asked(server) == 0
    server.scenario = parse_scenario(NEVER)
    window.click(window.find(tag="documents.begin", words="from $"))
    window.until(lambda: asked(server), "the first requests")
    window.picture(tmp_path / "asking.png")
    window.click(window.find(tag="documents.stop"))
    window.find(words="What was answered is kept")
    assert not page.exists()
    server.scenario = parse_scenario(AT_ONCE)
    window.click(window.find(tag="documents.go_on"))  # no dearer than what was agreed to: it begins at once
    window.find(words="sections written")
    window.picture(tmp_path / "done.png")
    assert "calculator/evaluator.py" in bodies(page.read_text())

    window.click(window.find(tag="documents.open"))
    told = tmp_path / "out" / "outside.jsonl"
    window.until(lambda: told.exists() and told.read_text().endswith("\n"), "the page to be shown")
    assert json.loads(told.read_text()) == ["file", str(page)]

    before = asked(server)
    (base / "calculator/tokens.py").write_text('"""Tokens."""\n\nKINDS = 3\n')
    window.click(window.find(tag="documents.look"))
    window.find(words="Stale (3)")
    window.find(words="calculator/: changed")
    window.find(words="1 file and 2 folders (8 known already)")
    window.picture(tmp_path / "stale.png")
    assert asked(server) == before
    window.click(window.find(tag="documents.begin"))
    window.find(words="3 sections written")
    assert asked(server) == before + 3
