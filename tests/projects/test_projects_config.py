"""Settings: a person's file is read tolerantly and changed with care."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_strategies import RUN_SECONDS

from copilot.projects.config import Settings, SettingsFile, flush_settings, load_settings
from copilot.projects.home import Home
from copilot.storage.locks import hold
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import PROVIDER_NAMES, Limits, Rate, RunTime
from odd_disks import FULL, FailingDisk

PERSONS = """\
# my settings, please keep

provider = "gemini"   # the cheap one
project  =   'demo'

colour = "blue"  # nobody knows this one

[providers.gemini]
model = "gemini-pro"
# base_url = "http://elsewhere"
api_version = "v1beta"

[limits]
script_seconds = 300   # builds are slow
[  window  ]
theme = "dark"
"""
MEANT = Settings(
    provider="gemini",
    project="demo",
    models={"gemini": "gemini-pro"},
    api_versions={"gemini": "v1beta"},
    limits=Limits(script_seconds=300.0),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


def write(home: Home, text: str | bytes) -> None:
    home.config.write_bytes(text.encode() if isinstance(text, str) else text)


def test_no_file_means_defaults_and_nothing_is_made(tmp_path: Path) -> None:
    home = Home(root=tmp_path / "home")
    assert load_settings(home) == (Settings(), ())
    assert flush_settings(home, Settings()) == ()
    assert not home.root.exists()


def test_what_a_person_wrote_is_understood(home: Home) -> None:
    write(home, PERSONS)
    assert load_settings(home) == (
        MEANT,
        ("config.toml, line 6, column 1: colour: unknown key. It is ignored.",),
    )


def test_nothing_is_written_where_nothing_changes(home: Home) -> None:
    write(home, PERSONS)
    os.utime(home.config, (1, 1))
    assert flush_settings(home, MEANT) == ()
    assert home.config.stat().st_mtime == 1
    assert home.config.read_text() == PERSONS


def test_only_what_changes_is_changed(home: Home) -> None:
    write(home, PERSONS)
    changed = Settings(
        provider="compatible",
        project="other",
        models={"gemini": "gemini-flash", "compatible": "llama"},
        base_urls={"compatible": "http://127.0.0.1:11434/v1"},
        limits=Limits(script_seconds=300.0, max_tool_rounds=20),
    )
    assert flush_settings(home, changed) == ()
    assert (
        home.config.read_text()
        == """\
# my settings, please keep

provider = "compatible"   # the cheap one
project  =   "other"

colour = "blue"  # nobody knows this one

[providers.gemini]
model = "gemini-flash"
# base_url = "http://elsewhere"

[providers.compatible]
model = "llama"
base_url = "http://127.0.0.1:11434/v1"
[limits]
script_seconds = 300   # builds are slow
max_tool_rounds = 20
[  window  ]
theme = "dark"
"""
    )
    assert load_settings(home)[0] == changed


def test_a_new_file_is_small(home: Home) -> None:
    flush_settings(home, MEANT)
    assert (
        home.config.read_text()
        == """\
# Settings of Copilot. docs/files.md describes every key.
provider = "gemini"
project = "demo"

[providers.gemini]
model = "gemini-pro"
api_version = "v1beta"

[limits]
script_seconds = 300.0
"""
    )


MAPPINGS = st.dictionaries(
    st.sampled_from(PROVIDER_NAMES), st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
)
SETTINGS = st.builds(
    Settings,
    provider=st.sampled_from(["", *PROVIDER_NAMES]),
    project=st.text(st.characters(exclude_categories=["Cs"])),
    models=MAPPINGS,
    base_urls=MAPPINGS,
    api_versions=MAPPINGS,
    limits=st.builds(
        Limits,
        max_tool_rounds=st.integers(1, 100),
        script_seconds=st.floats(min_value=0.5, max_value=1e5),
        run_seconds=RUN_SECONDS,
    ),
    rates=st.dictionaries(
        st.sampled_from(PROVIDER_NAMES), st.builds(Rate, requests_per_minute=st.integers(1, 1000)), max_size=2
    ),
)
LAYOUTS = [
    "", PERSONS, PERSONS.replace("\n", "\r\n"), "\ufeff" + PERSONS, "providers.gemini.model = 'x'\n",
    "providers = { gemini = { model = 'x' } }\n", "[limits]\nmax_tool_rounds = 3\n", "# only a comment",
    "[providers]\n[providers.openai]\nmodel='y'\n[window]\n[providers.gemini]\nmodel = 'z'\n",
]  # fmt: skip


@given(wanted=SETTINGS, then=SETTINGS, layout=st.sampled_from(LAYOUTS))
@settings(max_examples=25, deadline=None)
def test_what_is_flushed_is_loaded_again(
    tmp_path_factory: pytest.TempPathFactory, wanted: Settings, then: Settings, layout: str
) -> None:
    home = Home(root=tmp_path_factory.mktemp("home"))
    write(home, layout)
    for settings_ in (wanted, then):
        flush_settings(home, settings_)
        assert load_settings(home)[0] == settings_
    assert ("# my settings, please keep" in home.config.read_text()) == ("# my settings" in layout)
    assert ('colour = "blue"  # nobody knows this one' in home.config.read_text()) == ("colour" in layout)


def test_a_table_is_added_to_a_file_of_dotted_keys(home: Home) -> None:
    write(home, "providers.gemini.api_version = '0'\n\n[providers.anthropic]\napi_version = '0'\n")
    wanted = Settings(api_versions={"anthropic": "0", "gemini": "0", "openai": "0"})
    flush_settings(home, wanted)
    assert load_settings(home)[0] == wanted


def test_times_for_kinds_of_runs_are_read_and_wrong_ones_named(home: Home) -> None:
    write(
        home,
        '[limits.run_seconds]\nrun_bash = 5\n"../x/*" = 5\n"/etc/*" = 5\n".rb" = 5\nrun_shell = 0\n'
        '".py" = 7\n"made.py" = 8.5\n',
    )
    found, notices = load_settings(home)
    assert found.limits.run_seconds == (
        RunTime(kind=".py", seconds=7.0),
        RunTime(kind="made.py", seconds=8.5),
    )
    known = "run_shell, run_powershell, run_python_file, .sh, .ps1, .py"
    no_kind = f"it is none of {known} and no pattern of files such as 'tests/**'"
    outside = "it leads outside the base directory; patterns are relative to it"
    place = "config.toml, line {}, column 1: limits.run_seconds.{}. The default is used."
    assert set(notices) == {
        place.format(2, f"run_bash: {no_kind} (did you mean run_shell?)"),
        place.format(3, f"../x/*: {outside}"),
        place.format(4, f"/etc/*: {outside}"),
        place.format(5, f".rb: {no_kind}"),
        place.format(6, "run_shell: 0: input should be greater than 0"),
    }


def test_a_wrong_value_is_named_and_its_default_used(home: Home) -> None:
    write(
        home,
        'provider = "antropic"\n[window]\ntheme = 5\n[limits]\nscript_seconds = -1\nmax_tool_rounds = 4\n'
        '[providers.gemini]\nmodle = "x"\napi_key = "sk-secret-value"\n[providers.openai]\nmodel = ["a"]\n',
    )
    settings_, notices = load_settings(home)
    assert settings_ == Settings(limits=Limits(max_tool_rounds=4))
    assert set(notices) == {
        "config.toml, line 1, column 1: provider: 'antropic' is not one of anthropic, gemini, openai,"
        " compatible, rehearsal (did you mean anthropic?). The default is used.",
        "config.toml, line 3, column 1: window.theme: 5 is not one of dark, light, system."
        " The default is used.",
        "config.toml, line 5, column 1: limits.script_seconds: -1: input should be greater than 0."
        " The default is used.",
        "config.toml, line 8, column 1: providers.gemini.modle: unknown key (did you mean model?)."
        " It is ignored.",
        "config.toml, line 9, column 1: providers.gemini.api_key: unknown key. It is ignored."
        " Keys go into the environment or the .env of the home.",
        "config.toml, line 11, column 1: providers.openai.model: input should be a valid string."
        " The default is used.",
    }
    before = home.config.read_bytes()
    assert flush_settings(home, settings_) == ()
    assert home.config.read_bytes() == before


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (b'provider = "gemini\n', "line 1, column 19: Illegal character '\\n'"),
        (b"[window\ntheme = 1\n", "line 1, column 8: Expected ']' at the end of a table declaration"),
        (b"provider = '\xff'", "line 1, column 13: it is not UTF-8 text"),
    ],
)
def test_a_broken_file_is_set_aside_untouched(home: Home, broken: bytes, said: str) -> None:
    write(home, broken)
    settings_, notices = load_settings(home)
    aside = home.root / "config.toml.broken-1"
    assert (settings_, notices) == (
        Settings(),
        (
            f"{home.config} cannot be used: {said}. Default settings are used."
            f" It was set aside as {aside.name}: put it right and give it its old name again.",
        ),
    )
    assert aside.read_bytes() == broken
    assert not home.config.exists()
    flush_settings(home, MEANT)
    assert load_settings(home) == (MEANT, ())
    assert aside.read_bytes() == broken


def test_a_file_that_breaks_while_the_program_runs_is_set_aside_at_the_flush(home: Home) -> None:
    write(home, "provider = ")
    assert flush_settings(home, Settings()) == ()
    assert home.config.read_text() == "provider = "
    (notice,) = flush_settings(home, MEANT)
    assert "was set aside as config.toml.broken-1" in notice
    assert (home.root / "config.toml.broken-1").read_text() == "provider = "
    assert load_settings(home) == (MEANT, ())


def test_what_the_person_changed_meanwhile_stays(home: Home) -> None:
    write(home, PERSONS)
    loaded, _ = load_settings(home)
    write(home, PERSONS.replace("# builds are slow", "# builds are very slow"))
    flush_settings(home, Settings(**{**_fields(loaded), "project": "next"}))
    assert "very slow" in home.config.read_text()


def _fields(value: Settings) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def test_a_full_disk_leaves_the_old_file(home: Home) -> None:
    write(home, PERSONS)
    with pytest.raises(StorageError, match="the disk is full"):
        flush_settings(home, Settings(), disk=FailingDisk(FULL, lambda _, name: name == "write"))
    assert home.config.read_text() == PERSONS


def test_a_settings_file_that_is_a_folder_does_not_stop_the_program(home: Home) -> None:
    home.config.mkdir()
    settings_, (notice,) = load_settings(home)
    assert settings_ == Settings()
    assert "Default settings are used" in notice


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_to_the_persons_own_place_stays_a_link(home: Home, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    real.write_text(PERSONS)
    home.config.symlink_to(real)
    flush_settings(home, Settings(provider="openai"))
    assert home.config.is_symlink()
    assert 'provider = "openai"   # the cheap one' in real.read_text()


def test_a_second_program_waits_for_its_turn(home: Home) -> None:
    with hold(home.root / ".config.lock"):
        assert load_settings(home) == (Settings(), ())


def test_a_program_that_runs_for_long_takes_back_nothing_that_others_changed(home: Home) -> None:
    """The window saves what was changed in it, at once and when it closes; it was opened before the rest."""
    home.make().config.write_bytes(b'provider = "gemini"\n[window]\nscale = 1.5\n')
    window = SettingsFile(home, load_settings(home)[0])
    shown = load_settings(home)[0]
    home.config.write_bytes(b'provider = "openai"\n[caps]\nday_usd = 5.0\n[window]\nscale = 1.5\n')
    shown = replace(shown, theme="light")
    assert window.flush(shown) == ()
    now, _ = load_settings(home)
    assert (now.theme, now.provider, now.scale, now.caps.day_usd) == ("light", "openai", 1.5, 5.0)
    home.config.write_bytes(b'provider = "openai"\n[caps]\nday_usd = 5.0\n')  # by hand: no scale, no theme
    window.flush(replace(shown, project="shop"))
    assert home.config.read_bytes() == b'project = "shop"\nprovider = "openai"\n[caps]\nday_usd = 5.0\n'
