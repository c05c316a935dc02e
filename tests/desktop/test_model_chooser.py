"""The model chooser: its rows, and choosing in a real window with real lists."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from driver import Window

from copilot.desktop.model_rows import ModelRow, price_words, rows, sources_of, window_words
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.rehearsal.tour import copy_calculator
from copilot.vocabulary.events import CommandFailed, ModelsListed
from copilot.vocabulary.values import ModelChoice, ModelInfo

CLAUDE = ModelChoice(provider="anthropic", model="claude-b")
LOCAL = ModelChoice(provider="compatible", model="", base_url="http://127.0.0.1:1/v1")
LISTED = ModelsListed(
    at=0,
    worker="w",
    request_id="r1",
    provider="anthropic",
    models=("claude-a", "claude-b", "claude-old"),
    details=(
        ModelInfo(name="claude-a", window=200_000, input_price=3, output_price=15),
        ModelInfo(name="claude-b", window=1_000_000, lifecycle="deprecated", retires="2026-11-30"),
        ModelInfo(name="claude-old", lifecycle="retired"),
    ),
)
ASKED = (("r1", CLAUDE), ("r2", LOCAL))


def test_the_current_model_comes_first_and_retired_ones_last_and_cannot_be_chosen() -> None:
    found = rows((CLAUDE, LOCAL), (LISTED,), (), ASKED, CLAUDE)
    assert [(row.choice.model, row.current, row.usable, row.note) for row in found] == [
        ("claude-b", True, True, "deprecated, retires 2026-11-30"),
        ("claude-a", False, True, ""),
        ("", False, True, "asking which models it has…"),
        ("claude-old", False, False, "retired, answers no more"),
    ]


def test_a_service_that_could_not_be_asked_says_why_and_may_be_chosen_all_the_same() -> None:
    failed = CommandFailed(at=0, worker="w", request_id="r2", message="compatible: could not connect")
    found = rows((LOCAL,), (), (failed,), ASKED, CLAUDE)
    assert found == (ModelRow(choice=LOCAL, info=None, current=False, note="compatible: could not connect"),)


def test_every_word_of_the_search_must_be_there() -> None:
    def names(search: str) -> list[str]:
        return [row.choice.model for row in rows((CLAUDE, LOCAL), (LISTED,), (), ASKED, CLAUDE, search)]

    assert names("CLAUDE -a") == ["claude-a"]
    assert names("anthropic retired") == ["claude-old"]
    assert names("127.0.0.1") == [""]
    assert names("claude gpt") == []


def test_a_list_of_an_old_log_has_names_alone() -> None:
    old = ModelsListed(at=0, worker="w", request_id="r", provider="anthropic", models=("claude-a",))
    (row,) = rows((CLAUDE,), (old,), (), (), CLAUDE)
    assert (row.info, window_words(row.info), price_words(row.info)) == (ModelInfo(name="claude-a"), "", "")


def test_each_service_and_address_is_asked_once() -> None:
    other = ModelChoice(provider="anthropic", model="claude-a")
    assert sources_of((CLAUDE, LOCAL), (LOCAL,), other) == (CLAUDE, LOCAL)


def test_windows_and_prices_in_short_words() -> None:
    assert [window_words(ModelInfo(name="m", window=n)) for n in (8_192, 200_000, 1_048_576)] == [
        "8.19k",
        "200k",
        "1.05M",
    ]
    assert price_words(LISTED.details[0]) == "$3 / $15"


@pytest.fixture
def server() -> Iterator[RehearsalServer]:
    made = RehearsalServer(parse_scenario('[[rule]]\nanswer = [{ text = "Here I am." }]\n'))
    made.start()
    yield made
    made.stop()


@pytest.mark.window
def test_a_model_that_is_chosen_answers_the_next_turn_and_is_the_default(
    display: str, tmp_path: Path, server: RehearsalServer
) -> None:
    base, out = tmp_path / "calculator", tmp_path / "out"
    copy_calculator(base)
    command = [
        sys.executable, str(Path(__file__).with_name("run_real.py")), str(tmp_path / "home"), str(base),
        "anthropic", server.url, str(out), "1280", "800",
    ]  # fmt: skip
    more = {
        "ANTHROPIC_API_KEY": "sk-ant-window-test-key-0001",
        "ANTHROPIC_BASE_URL": server.url,
        "LOCAL_SERVERS_OF_THIS_TEST": f"{server.url}/v1",
    }
    os.environ.update(more)
    try:
        window = Window.start(command, display, out)
    finally:
        for name in more:
            del os.environ[name]
    try:
        window.click(window.find(tag="composer.model"))
        window.find(tag="models.search")
        window.find(words=f"{server.url}/v1")
        window.find(words="$0 / $0")  # what answers on this machine costs nothing
        window.fresh(3)
        window.picture(tmp_path / "chooser.png")
        window.type("haiku anthropic")
        window.until(
            lambda: (row := window.maybe(tag="models.row.0")) and "haiku" in row.label, "the row that fits"
        )
        window.picture(tmp_path / "searched.png")
        window.click(window.find(tag="models.row.0"), dx=60, dy=8)
        window.gone(tag="models.search")
        window.until(lambda: "haiku" in window.find(tag="composer.model").label, "the chip's new name")
        window.click(window.find(tag="composer.input"))
        window.type("Who is there?")
        window.press("Return", "ctrl")
        window.find(words="Here I am.")
        window.close()
        assert window.ended() == 0
    finally:
        window.kill()
    asked = [r.body["model"] for r in server.requests if r.path == "/v1/messages"]
    assert asked == ["claude-haiku-5-5"]
    assert 'model = "claude-haiku-5-5"' in (tmp_path / "home" / "config.toml").read_text()
