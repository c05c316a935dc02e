"""The context panel in a real window: what is shown is what is sent; what a person does with its parts."""

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from driver import Item, Window, scripted

from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.events import Event, RequestPreviewed, TurnStarted, UsageReported
from copilot.vocabulary.values import FileChoice

pytestmark = pytest.mark.window

ANSWER = """
title = "one answer"
[[rule]]
answer = [{ text = "Here is the answer." }]
"""


def drawn(window: Window, words: str) -> Item:
    """A drawn word of the context panel, which stands below its own head."""

    def look() -> Item | None:
        head = window.maybe(tag="context.resize")
        found = [i for i in window.items() if i.kind == "DrawText" and words in i.label]
        return next((i for i in found if head is not None and i.at[1] > head.at[1]), None)

    return window.until(look, f"{words!r} drawn in the context panel")


def click_drawn(window: Window, words: str) -> None:
    """Click it, a little into the tile or line that it names."""
    window.click(drawn(window, words), dx=4, dy=4)


CAPTION = 13
"""Pixels of the letters in tiles, smaller than those of the lists that lie behind or beside the map."""


def tile(window: Window, words: str) -> Item | None:
    """A tile of the map by what is drawn in it."""
    found = (i for i in window.items() if i.kind == "DrawText" and words in i.label)
    return next((i for i in found if i.size[1] == CAPTION), None)


def choose_tile(window: Window, words: str, path: str) -> None:
    """Click a tile of the map, which moves as long as the panel's head grows, until it is the chosen one."""

    def chosen() -> bool:  # not what the mouse is told of the tile that it rests on
        part = window.maybe(tag="context.part")
        return part is not None and part.words.strip().endswith(path)

    until = time.monotonic() + 30
    while not chosen():
        assert time.monotonic() < until, f"{path} is not chosen"
        with contextlib.suppress(AssertionError):  # it moved just then
            window.click(window.until(lambda: tile(window, words), f"a tile {words}"), dx=4, dy=4)
        window.fresh(3)


def write(window: Window, words: str) -> None:
    """Type a message."""
    window.click(window.find(tag="composer.input"))
    window.type(words)
    window.until(lambda: (box := window.maybe(tag="composer.input")) and box.value == words, "the text")


# --- the real worker, a real provider's SDK, a loopback server --------------------------------------------


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario(ANSWER))
    made.start()
    yield made
    made.stop()


def logged(home: Path) -> list[Event]:
    """The events in the session's log."""
    path = max((home / "logs").glob("comms_*.log"))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [decode_event(line["event"]) for line in lines if line["kind"] == "event"]


def test_a_file_left_out_by_its_tile_is_not_sent_and_the_rest_is_sent_as_shown(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    home, base, out = Home(root=tmp_path / "home"), tmp_path / "calculator", tmp_path / "out"
    copy_calculator(base)
    home.make()
    files = (FileChoice(pattern="calculator/*.py"),)
    (home.projects / "calculator.toml").write_text(dump(replace(new(home, "calculator", base), files=files)))
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(home.root), str(base),
        "anthropic", server.url, str(out), "1280", "800",
    ]  # fmt: skip
    os.environ["ANTHROPIC_API_KEY"] = "sk-ant-window-test-key-0001"
    try:
        window = Window.start(command, display, out)
    finally:
        del os.environ["ANTHROPIC_API_KEY"]
    try:
        write(window, "What is in it?")
        window.find(tag="context.hash")
        click_drawn(window, "evaluat")
        window.click(window.find(tag="context.view_off"))
        before = window.find(tag="context.hash").label
        window.until(lambda: window.find(tag="context.hash").label != before, "another preview")
        hashed = window.find(tag="context.hash").label
        window.click(window.find(tag="composer.send"))
        window.find(words="sent as shown")
        window.find(words="Here is the answer.")
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()

    check_log(logged(home.root), server, hashed)


def check_log(events: list[Event], server: RehearsalServer, hashed: str) -> None:
    """The file is gone from the last preview, whose bytes and hash are those of what came to the server."""
    begun = next(n for n, event in enumerate(events) if isinstance(event, TurnStarted))
    shown = [event for event in events[:begun] if isinstance(event, RequestPreviewed)]
    names = [{s.name for s in event.sections if s.kind == "files"} for event in (shown[0], shown[-1])]
    assert names[0] - names[1] == {"calculator/evaluator.py"}
    body = Path(shown[-1].body_path).read_bytes()
    assert shown[-1].sha256 == sha256(body).hexdigest()
    assert hashed == shown[-1].sha256[:12]
    sent = [event for event in events if isinstance(event, UsageReported)]
    assert [event.sha256 for event in sent] == [shown[-1].sha256]
    received = [request.body for request in server.requests if request.method == "POST"]
    assert received == [json.loads(body)]


# --- a scripted worker --------------------------------------------------------------------------------------


@pytest.fixture
def shop(display: str, tmp_path: Path) -> Iterator[Window]:
    """The window on the project of a shop, once its first request is shown."""
    window = Window.start(scripted(tmp_path / "home", "xray", tmp_path / "out"), display, tmp_path / "out")
    window.find(tag="context.hash")
    drawn(window, "orders")
    yield window
    window.kill()


def choices(window: Window) -> list[dict[str, object]]:
    """The last entry of each `ChooseFiles` so far."""
    return [command["files"][-1] for command in window.commands("ChooseFiles")]


def until_chosen(window: Window, pattern: str, view: str, *, pinned: bool = False) -> None:
    wanted = {"type": "FileChoice", "pattern": pattern, "view": view, "pinned": pinned}
    window.until(lambda: choices(window)[-1:] == [wanted], f"{pattern} as {view}")


def test_it_asks_for_a_preview_when_typing_pauses_and_says_what_it_costs(shop: Window) -> None:
    assert [c["user_message"] for c in shop.commands("PreviewRequest")][-1:] == [""]
    write(shop, "Why do refunds fail?")
    shop.until(
        lambda: shop.commands("PreviewRequest")[-1]["user_message"] == "Why do refunds fail?", "a preview"
    )
    shop.find(words="about $0.07")
    shop.press("Return", "ctrl")
    shop.find(words="sent as shown")
    shop.find(words="if cached")


def test_a_message_sent_without_a_pause_is_previewed_first(shop: Window) -> None:
    write(shop, "At once!")
    shop.press("Return", "ctrl")
    shop.find(words="sent as shown")
    names = [c["command"] for c in shop.commands() if c.get("user_message") == "At once!"]
    assert names[-2:] == ["PreviewRequest", "RunTurn"]


def test_keys_choose_a_part_and_its_view(shop: Window) -> None:
    click_drawn(shop, "orders")
    shop.find(tag="context.part", words="shop/api/orders.py")
    for key, view in (("s", "summary"), ("n", "names")):
        shop.press(key)
        until_chosen(shop, "shop/api/orders.py", view)
    shop.press("f")
    shop.until(lambda: all(c["pattern"] != "shop/api/orders.py" for c in last(shop)), "the choice as before")
    shop.press("p")
    until_chosen(shop, "shop/api/orders.py", "full", pinned=True)
    shop.press("Left")  # the larger file stands left of it or above, as the room has it
    shop.press("Up")
    shop.until(
        lambda: (part := shop.maybe(tag="context.part")) is not None and "orders.py" not in part.words,
        "another part",
    )
    shop.press("Return")
    shop.find(tag="context.raw")


def last(window: Window) -> list[dict[str, object]]:
    """The files of the newest `ChooseFiles`."""
    found = window.commands("ChooseFiles")
    return found[-1]["files"] if found else []


def test_the_large_form_marks_where_the_cached_prefix_breaks(shop: Window) -> None:
    write(shop, "First.")
    shop.press("Return", "ctrl")
    shop.find(words="sent as shown")
    shop.press("F6")
    shop.find(words="Amber edges")
    choose_tile(shop, "orders", "shop/api/orders.py")  # here each name is drawn, whatever is chosen
    shop.press("s")
    until_chosen(shop, "shop/api/orders.py", "summary")
    shop.press("3")
    shop.find(words="The cached prefix breaks in files")
    drawn(shop, "files shop/api/orders.py")
    shop.press("2")
    click_drawn(shop, "shop/api/payments.py")
    drawn(shop, "cached up to here")
    shop.press("b")
    drawn(shop, "\\ndef of_payments_")  # a line end as JSON writes it
    shop.press("Escape")
    shop.gone(words="Amber edges")
    shop.find(tag="context.map_tab")


def test_sending_from_the_large_form_gives_the_discussion_its_place_back(shop: Window) -> None:
    write(shop, "From above.")
    shop.press("F6")
    shop.find(tag="context.back")
    shop.press("Return", "ctrl")
    shop.find(words="sent as shown")
    shop.gone(tag="context.back")


def test_the_budget_and_its_order_are_changed_and_a_file_is_brought_back(shop: Window) -> None:
    shop.click(shop.find(tag="context.budget_tab"))
    field = shop.find(tag="context.budget")
    assert field.value == "32000"
    click_drawn(shop, "named in the message")
    shop.click(shop.find(tag="context.sooner"))
    wanted = ["named", "pinned", "recent", "referenced", "rest"]
    shop.until(lambda: [c["rank"] for c in shop.commands("SetBudget")] == [wanted], "the new order")
    shop.click(shop.find(tag="context.budget"))
    shop.press("a", "ctrl")
    shop.type("9000")
    shop.press("Return")
    shop.until(lambda: shop.commands("SetBudget")[-1]["max_context_tokens"] == 9_000, "the new budget")
    assert shop.commands("SetBudget")[-1]["rank"] == wanted
    shop.until(lambda: any("of 9k" in one.words for one in shop.items()), "the files that fit into it")
    shop.fresh()
    click_drawn(shop, "everything else")
    shop.press("Down")
    shop.find(tag="context.bring_back")
    shop.press("p")
    until_chosen(shop, "shop/web/pages.py", "full", pinned=True)
