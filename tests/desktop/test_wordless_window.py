"""An answer without words keeps none of another card's."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.vocabulary.messages import Message, Part, Text, ToolCall, ToolResult

pytestmark = pytest.mark.window


def messages() -> list[Message]:
    script = {"script": "ls"}
    said: list[tuple[str, tuple[Part, ...]]] = [
        ("user", (Text(text="Run it, please"),)),
        ("assistant", (ToolCall(call_id="c", name="run_shell", arguments=script),)),
        ("tool", (ToolResult(call_id="c", name="run_shell", status="ok", output="a.py"),)),
        ("user", (Text(text="Only this once"),)),
        ("assistant", (Text(text="As you say"),)),
    ]
    return [
        Message(
            id=f"m{n}",
            parent=f"m{n - 1}" if n else None,
            role=role,
            parts=parts,
            at=1_800_000_000.0 + n,  # type: ignore[arg-type]
        )
        for n, (role, parts) in enumerate(said)
    ]


@pytest.fixture
def window(display: str, tmp_path: Path) -> Iterator[Window]:
    home, base = Home(root=tmp_path / "home").make(), tmp_path / "calculator"
    base.mkdir()
    with Store.open(home, "calculator", clock=lambda: 0.0, new_id=str, base_dir=base) as store:
        for message in messages():
            store.keep_message("main", message)
    command = [sys.executable, str(Path(__file__).with_name("run_real.py")), str(home.root), str(base)]
    window = Window.start(
        [*command, "rehearsal", "", str(tmp_path / "out"), "1280", "800"], display, tmp_path / "out"
    )
    yield window
    window.kill()


def test_each_text_stands_on_its_own_card_alone(window: Window) -> None:
    window.find(words="As you say")
    window.find(words="Only this once")
    window.fresh(4)
    shown = [item.value for item in window.items() if item.kind == "Text"]
    assert [shown.count(words) for words in ("Run it, please", "Only this once", "As you say")] == [1, 1, 1]
