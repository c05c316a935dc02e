"""Attaching in a real window: by the button, a pasted path, a drop; thumbnails, removing, sending."""

import os
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driver import Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator
from picture_files import chunk, header, pdf

pytestmark = pytest.mark.window


def rainbow(width: int = 320, height: int = 200) -> bytes:
    """A PNG with something to be seen in it."""
    rows = b"".join(
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 160)) for x in range(width))
        for y in range(height)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + header(width, height)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario('[[rule]]\nanswer = [{ text = "I see both." }]\n'))
    made.start()
    yield made
    made.stop()


def test_files_are_attached_by_button_by_pasted_path_and_by_drop_and_are_sent(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    base, out = tmp_path / "calculator", tmp_path / "out"
    copy_calculator(base)
    (base / "shot.png").write_bytes(rainbow())
    (base / "not one.png").write_text("<html></html>")
    (base / "third.png").write_bytes(rainbow(100, 100))
    paper = base / "paper.pdf"
    paper.write_bytes(pdf(3))
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(tmp_path / "home"), str(base),
        "anthropic", server.url, str(out), "1280", "800",
    ]  # fmt: skip
    os.environ.update(ANTHROPIC_API_KEY="sk-ant-window-test-key-0001", ANTHROPIC_BASE_URL=server.url)
    try:
        window = Window.start(command, display, out)
    finally:
        del os.environ["ANTHROPIC_API_KEY"], os.environ["ANTHROPIC_BASE_URL"]
    try:
        by_button(window, "shot.png", tmp_path / "dialog.png")
        window.find(tag="composer.remove.0")
        by_button(window, "not one.png", None)
        window.find(words="not one.png cannot be attached")
        paste_path(window, str(paper))
        window.find(words="paper.pdf")
        window.find(tag="composer.remove.1")
        assert window.find(tag="composer.input").value == ""
        window.fresh(10)
        window.picture(tmp_path / "chips.png")
        window.drop(base / "third.png", paper)
        window.find(words="third.png")
        window.find(tag="composer.remove.2")  # the PDF is there already
        assert window.maybe(tag="composer.remove.3") is None
        window.click(window.find(tag="composer.remove.2"))
        window.gone(tag="composer.remove.2")
        window.click(window.find(tag="composer.remove.0"))
        window.gone(tag="composer.remove.1")
        by_button(window, "shot.png", None)
        window.find(tag="composer.remove.1")
        window.click(window.find(tag="composer.input"))
        window.type("Do they agree?")
        window.until(lambda: window.find(tag="composer.input").value == "Do they agree?", "the text")
        window.click(window.find(tag="composer.attach"))
        window.find(tag="attach.up")
        window.press("Return", "ctrl")  # the draft lies below the dialog: it is not sent
        window.press("Escape")
        window.gone(tag="attach.up")
        window.fresh(5)
        assert window.find(tag="composer.input").value == "Do they agree?"
        window.click(window.find(tag="composer.input"))
        window.press("Return", "ctrl")
        window.find(words="I see both.")
        window.gone(tag="composer.remove.0")
        window.fresh(10)
        window.picture(tmp_path / "sent.png")
        assert window.find(words="shot.png")
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()
    (body,) = [request.body for request in server.requests if request.path == "/v1/messages"]
    assert kinds(body) == ["document", "image", "text"]


def by_button(window: Window, name: str, picture: Path | None) -> None:
    """Choose a file of the project's folder in the dialog."""
    window.click(window.find(tag="composer.attach"))
    row = window.until(
        lambda: next((i for i in window.items() if i.tag.startswith("attach.row") and name in i.label), None),
        f"{name} in the dialog",
    )
    if picture is not None:
        window.fresh(2)
        window.picture(picture)
    window.click(row, dx=40, dy=8)
    window.gone(tag="attach.path")


def paste_path(window: Window, path: str) -> None:
    """Type a path, cut it, and paste it: the clipboard then holds it."""
    window.click(window.find(tag="composer.input"))
    window.type(path)
    window.until(lambda: window.find(tag="composer.input").value == path, "the path")
    for key in "axv":
        window.press(key, "ctrl")
        window.fresh(2)


def kinds(body: Any) -> list[str]:
    """What the message is made of."""
    return [block["type"] for block in body["messages"][-1]["content"]]
