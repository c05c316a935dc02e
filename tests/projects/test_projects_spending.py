"""`[caps]` and `[prices]`: read with clear words for what cannot be used, kept when the file is written."""

from dataclasses import replace
from pathlib import Path

import pytest

from copilot.projects.config import Settings, flush_settings, load_settings
from copilot.projects.home import Home
from copilot.projects.project_file import read
from copilot.tokens.rates import Rates
from copilot.vocabulary.caps import Caps

FILE = """\
# mine
[caps]
day_usd = 5   # enough
turn_usd = 0.25

[prices."openai/gpt-5.1"] # from the contract
input = 1
output = 8.5
cached = 0.1
"""


def loaded(tmp_path: Path, text: str) -> tuple[Settings, tuple[str, ...]]:
    (tmp_path / "config.toml").write_text(text)
    return load_settings(Home(root=tmp_path))


def test_caps_and_prices_are_read(tmp_path: Path) -> None:
    settings, notices = loaded(tmp_path, FILE)
    assert notices == ()
    assert settings.caps == Caps(turn_usd=0.25, day_usd=5.0)
    assert settings.prices == {"openai/gpt-5.1": Rates(input=1.0, output=8.5, cached=0.1)}


def test_they_stay_as_they_are_when_something_else_is_written(tmp_path: Path) -> None:
    settings, _ = loaded(tmp_path, FILE)
    flush_settings(Home(root=tmp_path), replace(settings, provider="openai"))
    written = (tmp_path / "config.toml").read_text()
    assert written == FILE.replace("# mine\n", '# mine\nprovider = "openai"\n')


def test_they_can_be_written(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    prices = {"anthropic/claude-x.1": Rates(input=2.0, output=4.0, cache_write=2.5)}
    wanted = Settings(caps=Caps(project_usd=1.5), prices=prices)
    flush_settings(home, wanted)
    assert load_settings(home) == (wanted, ())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[caps]\nday_usd = -1\n", "line 2, column 1: caps.day_usd: -1"),
        ('[caps]\nturn_usd = "much"\n', "line 2, column 1: caps.turn_usd: 'much'"),
        ("[caps]\nday_usd = inf\n", "line 2, column 1: caps.day_usd"),
        ("[caps]\nmonth_usd = 3\n", "unknown key"),
        ('[prices."openai/m.1"]\ninput = 3\n', "line 1, column 1: prices.openai/m.1: a price needs"),
        ('[prices."openai/m.1"]\ninput = -3\noutput = 1\n', "line 2, column 1: prices.openai/m.1.input"),
        ('[prices."gpt"]\ninput = 3\noutput = 1\n', "'gpt' is no provider and model"),
        ('[prices."acme/m"]\ninput = 3\noutput = 1\n', "of anthropic, gemini, openai, compatible, rehearsal"),
        ('[prices."openai/m"]\ninput = 3\noutput = 1\ncashed = 1\n', "did you mean cached?"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_and_left_out(tmp_path: Path, text: str, words: str) -> None:
    settings, notices = loaded(tmp_path, text)
    assert words in notices[0]
    assert settings.caps == Caps()
    assert settings.prices == ({} if "cashed" not in text else {"openai/m": Rates(input=3.0, output=1.0)})


def test_a_project_may_have_caps_of_its_own() -> None:
    text = 'schema_version = 1\n[files]\nbase_dir = "/x"\n[caps]\nproject_usd = 2\n'
    found = read(text.encode(), "demo")
    assert (found.project.caps, found.notices) == (Caps(project_usd=2.0), ())


@pytest.mark.parametrize(
    ("own", "lower", "both"),
    [
        (None, None, None), (1.0, None, 1.0), (None, 2.0, 2.0), (1.0, 2.0, 1.0), (3.0, 2.0, 2.0),
        (0.0, 5.0, 0.0),
    ],
)  # fmt: skip
def test_of_two_caps_the_lower_one_holds(own: float | None, lower: float | None, both: float | None) -> None:
    assert Caps(day_usd=own).lowered(Caps(day_usd=lower)) == Caps(day_usd=both)
