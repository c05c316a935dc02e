"""The settings in a real window: keys entered, tested, forgotten and had back; the rest is kept at once."""

import itertools
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from driver import Item, Window

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import ReceivedRequest, RehearsalServer
from copilot.rehearsal.tour import copy_calculator

pytestmark = pytest.mark.window

KEY = "sk-ant-typed-in-a-window-0001"


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario('[[rule]]\nanswer = [{ text = "Here I am." }]\n'))
    made.start()
    yield made
    made.stop()


@contextmanager
def opened(
    display: str, folder: Path, server: RehearsalServer, size: tuple[int, int] = (1440, 900), **environ: str
) -> Iterator[Window]:
    """The real program on a project, the settings in front."""
    base, out = folder / "calculator", folder / "out"
    if not base.exists():
        copy_calculator(base)
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(folder / "home"), str(base),
        "anthropic", server.url, str(out), *map(str, size),
    ]  # fmt: skip
    more = {"ANTHROPIC_BASE_URL": server.url, **environ}
    os.environ.update(more)
    try:
        window = Window.start(command, display, out)
    finally:
        for name in more:
            del os.environ[name]
    try:
        window.press("comma", "ctrl")
        window.find(tag="keys.anthropic.enter")
        yield window
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()


def at_rest(window: Window) -> None:
    """Wait until nothing moves: scrolling glides, and on a slow machine long after the wheel was turned."""
    places: list[list[tuple[float, float]]] = []
    while len(places) < 3 or places[-3:] != [places[-1]] * 3:
        window.fresh(1)
        places.append([item.at for item in window.items()])


def seen(window: Window, tag: str) -> Item:
    """An item, once the panel has been scrolled to it."""
    for turn in (*(-3,) * 14, *(3,) * 20):
        at_rest(window)
        found, box = window.maybe(tag=tag), window.find(tag="settings")
        bottom = box.at[1] + box.size[1]
        if found is not None and found.at[1] + found.size[1] < bottom - 4 and found.at[1] > box.at[1] + 30:
            return found
        window.scroll(box, turn)
    raise AssertionError(f"{tag} never came into view")


def click(window: Window, tag: str) -> None:
    window.click(seen(window, tag))


def says(window: Window, tag: str, words: str) -> None:
    """Wait until an item says it, scrolled to where it is."""
    turns = itertools.cycle([*(-1,) * 25, *(1,) * 25])

    def said() -> bool:
        found = window.maybe(tag=tag)
        if found is None:
            window.scroll(window.find(tag="settings"), next(turns))
        return found is not None and words in found.words

    window.until(said, f"{words!r} in {tag}")


def everything(folder: Path) -> Mapping[str, bytes]:
    """Every file that the program wrote."""
    return {str(path): path.read_bytes() for path in (folder / "home").rglob("*") if path.is_file()}


def sent_key(request: ReceivedRequest) -> str:
    return request.headers.get("x-api-key") or request.headers["authorization"].removeprefix("Bearer ")


def config(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "home" / "config.toml").read_text())


def in_window(folder: Path) -> dict[str, Any]:
    return config(folder).get("window", {})


def test_a_key_is_entered_tested_used_forgotten_and_had_back(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    keyring = tmp_path / "out" / "keyring.json"
    with opened(display, tmp_path, server, KEYRING_OF_THIS_TEST="yes") as window:
        says(window, "keys.anthropic.chip", "no key")
        click(window, "keys.anthropic.enter")
        window.until(lambda: window.find(tag="keys.anthropic.key").active, "the caret in the box")
        window.type(KEY)
        window.picture(tmp_path / "entering.png")
        assert KEY not in json.dumps([i.words for i in window.items() if i.tag != "keys.anthropic.key"])
        click(window, "keys.anthropic.keep_test")
        says(window, "keys.anthropic.said", "It works: ")
        says(window, "keys.anthropic.chip", "keyring")
        window.fresh(2)
        window.picture(tmp_path / "entered.png")
        assert json.loads(keyring.read_text()) == {"anthropic": KEY}
        assert [r.path.partition("?")[0] for r in server.requests] == ["/v1/models"]
        assert sent_key(server.requests[0]) == KEY

        # the turn uses it without a new start, and takes it out of what is said
        window.click(window.find(tag="composer.input"))
        asked = f"My key is {KEY}, is it?"
        window.type(asked)
        window.until(lambda: window.find(tag="composer.input").value == asked, "the whole message")
        window.press("Return", "ctrl")
        window.find(words="Here I am.")
        posted = [r for r in server.requests if r.path == "/v1/messages"]
        assert [sent_key(r) for r in posted] == [KEY]
        assert KEY not in json.dumps(posted[0].body)

        window.press("comma", "ctrl")
        click(window, "keys.anthropic.forget")
        says(window, "keys.anthropic.said", "The key was forgotten.")
        assert json.loads(keyring.read_text()) == {}
        click(window, "keys.anthropic.undo")
        says(window, "keys.anthropic.said", "The key is back.")
        assert json.loads(keyring.read_text()) == {"anthropic": KEY}
    written = everything(tmp_path)
    assert any("comms_" in name for name in written)
    assert [name for name, data in written.items() if KEY.encode() in data] == []


@pytest.mark.whole
def test_without_a_keyring_plain_text_is_only_by_choice(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    env_file = tmp_path / "home" / ".env"
    with opened(display, tmp_path, server) as window:
        window.find(words="no service answers")
        click(window, "keys.anthropic.enter")
        says(window, "keys.anthropic.where", "In memory alone")
        window.until(lambda: window.find(tag="keys.anthropic.key").active, "the caret in the box")
        window.type(KEY)
        window.press("Return")  # Enter in the box keeps and tests
        says(window, "keys.anthropic.said", "It works: ")
        says(window, "keys.anthropic.chip", "this session")
        assert not env_file.exists()

        click(window, "keys.anthropic.enter")
        window.until(lambda: window.find(tag="keys.anthropic.key").active, "the caret in the box")
        window.type(KEY)
        click(window, "keys.anthropic.keep.file")
        says(window, "keys.anthropic.where", "Whoever can read your files can read it")
        window.picture(tmp_path / "plain.png")
        click(window, "keys.anthropic.keep_only")
        says(window, "keys.anthropic.chip", "plain text")
        window.until(env_file.exists, "the file")
        assert f"ANTHROPIC_API_KEY={KEY}" in env_file.read_text()

        click(window, "keys.anthropic.enter")
        window.until(lambda: window.find(tag="keys.anthropic.key").active, "the caret in the box")
        window.type("sk with spaces")
        window.press("Return")
        says(window, "keys.anthropic.said", "cannot be sent in a header")
        click(window, "keys.anthropic.enter")
        window.until(lambda: window.find(tag="keys.anthropic.key").active, "the caret in the box")
        window.press("Escape")
        window.gone(tag="keys.anthropic.key")
    assert [name for name, data in everything(tmp_path).items() if KEY.encode() in data] == [str(env_file)]


def test_a_key_that_is_refused_says_what_to_do(display: str, tmp_path: Path, server: RehearsalServer) -> None:
    with opened(
        display, tmp_path, server, OPENAI_API_KEY=KEY, OPENAI_BASE_URL="http://127.0.0.1:9/v1"
    ) as window:
        says(window, "keys.openai.source", "From OPENAI_API_KEY.")
        click(window, "keys.openai.test")
        says(window, "keys.openai.said", "openai")
        window.fresh(2)
        window.picture(tmp_path / "failed.png")
        assert window.maybe(tag="keys.openai.forget") is None, "the environment is not ours"


def test_what_is_set_is_kept_at_once_with_the_persons_comments(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "config.toml").write_text("# mine\n[caps]\nday_usd = 5.0   # enough\n")
    with opened(display, tmp_path, server) as window:
        click(window, "keys.compatible.address")
        window.until(lambda: window.find(tag="keys.compatible.address").active, "the caret in the address")
        window.type("ftp://x")
        window.find(words="An address begins with https://")
        for _ in range(7):
            window.press("BackSpace")
        window.type("http://127.0.0.1:1234/v1")
        window.gone(words="An address begins with https://")
        window.until(lambda: "providers" in config(tmp_path), "the address in the file")
        click(window, "settings.theme.light")
        window.until(
            lambda: config(tmp_path).get("window", {}).get("theme") == "light", "the theme in the file"
        )
        window.fresh(12)  # all is made anew in it
        seen(window, "settings.theme.light")
        window.picture(tmp_path / "light.png")
        click(window, "settings.larger")
        window.until(lambda: in_window(tmp_path).get("font_size") == 16.0, "the size in the file")
        window.fresh(12)
        click(window, "settings.size")
        window.until(lambda: "font_size" not in in_window(tmp_path), "the usual size")
        window.fresh(12)
        click(window, "settings.cap.turn")
        window.until(lambda: window.find(tag="settings.cap.turn").active, "the caret in the cap")
        window.type("0.5x")
        window.find(words="Write an amount in USD")
        window.press("BackSpace")
        window.until(lambda: config(tmp_path)["caps"].get("turn_usd") == 0.5, "the cap in the file")
        click(window, "settings.notifications")
        window.until(
            lambda: config(tmp_path)["window"].get("notifications") is False, "the switch in the file"
        )
        window.fresh(2)
        window.picture(tmp_path / "end.png")
    text = (home / "config.toml").read_text()
    assert text.startswith("# mine\n")
    assert re.search(r"day_usd = 5\.0   # enough", text)
    assert config(tmp_path)["providers"]["compatible"]["base_url"] == "http://127.0.0.1:1234/v1"


@pytest.mark.whole
def test_what_stands_around_scripts_is_kept_at_once(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "config.toml").write_text("# mine\n")
    with opened(display, tmp_path, server) as window:
        click(window, "settings.confined.off")
        window.until(lambda: config(tmp_path).get("run", {}).get("confined") is False, "no fence in the file")
        window.find(words="Scripts can then do whatever you can")
        click(window, "settings.confined.auto")
        window.gone(tag="settings.confined.told")
        click(window, "settings.run.processes")
        window.until(lambda: window.find(tag="settings.run.processes").active, "the caret in the limit")
        window.press("a", "ctrl")
        window.type("12x")
        window.find(words="or nothing for no limit")
        window.press("BackSpace")
        window.find(words="Many programs need more.")
        window.picture(tmp_path / "scripts.png")
        window.until(lambda: config(tmp_path).get("run") == {"processes": 12}, "the limit alone in the file")
        click(window, "settings.run_seconds")
        window.until(lambda: window.find(tag="settings.run_seconds").active, "the caret in the times")
        window.type("tests/** = 900")
        window.until(
            lambda: config(tmp_path).get("limits", {}).get("run_seconds") == {"tests/**": 900.0}, "the time"
        )
        seen(window, "settings.snapshots.file_mb")
        window.picture(tmp_path / "kept.png")
