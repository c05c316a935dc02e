"""Who answers, with which key, on which project: flags, environment, settings, in this order."""

import itertools
import sys
from pathlib import Path

import pytest

from copilot.assembly.choice import Flags, choose_model, next_step
from copilot.assembly.desk import Surroundings, open_desk
from copilot.assembly.keys import Keys, find_keys
from copilot.assembly.locking import turn_lock
from copilot.assembly.opening import project_name
from copilot.assembly.shell_note import shell_note
from copilot.projects.config import Settings
from copilot.projects.home import Home
from copilot.projects.project_manager import new
from copilot.shell.shells import Shell
from copilot.vocabulary.errors import ConfigError, LockedError, ProjectError, TurnCancelledError
from copilot.vocabulary.values import ModelChoice


@pytest.fixture
def home(home_dir: Path) -> Home:
    return Home(root=home_dir).make()


def around(cwd: Path, **environ: str) -> Surroundings:
    ids = itertools.count()
    return Surroundings(
        environ={"PATH": "/usr/bin:/bin", **environ},
        cwd=cwd,
        platform=sys.platform,
        clock=lambda: 1_800_000_000.0,
        new_id=lambda: f"id{next(ids)}",
    )


def test_nobody_chose() -> None:
    assert choose_model(Flags(), {"ANTHROPIC_API_KEY": "sk-x"}, Settings()) is None


def test_flags_win_over_the_environment_and_that_over_settings() -> None:
    settings = Settings(
        provider="openai",
        models={"openai": "from-config", "gemini": "gemini-from-config"},
        base_urls={"openai": "http://config/v1"},
        api_versions={"gemini": "v1beta"},
    )
    environ = {"COPILOT_PROVIDER": "gemini", "OPENAI_BASE_URL": "http://environment/v1"}
    assert choose_model(Flags(), {}, settings) == ModelChoice(
        provider="openai", model="from-config", base_url="http://config/v1"
    )
    assert choose_model(Flags(), environ, settings) == ModelChoice(
        provider="gemini", model="gemini-from-config", api_version="v1beta"
    )
    assert choose_model(Flags(provider="openai", model="mine"), environ, settings) == ModelChoice(
        provider="openai", model="mine", base_url="http://environment/v1"
    )


def test_a_model_without_a_known_name_is_sent_as_it_is() -> None:
    choice = choose_model(Flags(provider="anthropic", model="claude-of-tomorrow"), {}, Settings())
    assert choice == ModelChoice(provider="anthropic", model="claude-of-tomorrow")


def test_a_provider_that_does_not_exist() -> None:
    with pytest.raises(ConfigError, match="there is no provider 'antropic'"):
        choose_model(Flags(provider="antropic"), {}, Settings())


def test_keys_come_from_the_environment_then_from_our_own_env_file(home: Home, tmp_path: Path) -> None:
    home.env_file.write_text("GEMINI_API_KEY=AIza-from-file\nANTHROPIC_API_KEY='sk-file'\nOTHER=1\n")
    keys = find_keys({"ANTHROPIC_API_KEY": "sk-environment"}, home)
    assert {name: key.value for name, key in keys.by_provider.items()} == {
        "anthropic": "sk-environment",
        "gemini": "AIza-from-file",
    }
    gemini = keys.get("gemini")
    assert gemini is not None
    assert gemini.source == f"GEMINI_API_KEY in {home.env_file}"
    assert "AIza" not in repr(keys)


def test_the_first_name_of_a_key_wins(home: Home) -> None:
    keys = find_keys({"GOOGLE_API_KEY": "second", "GEMINI_API_KEY": "first"}, home)
    gemini = keys.get("gemini")
    assert gemini is not None
    assert gemini.value == "first"
    assert set(keys.values()) == {"first", "second"}, "a key that is not used is a key all the same"


@pytest.mark.parametrize("value", ["sk-\nX-Evil: 1", "sk bla", "sk-é"])
def test_a_key_that_fits_no_header_is_refused_and_not_repeated(value: str, home: Home) -> None:
    with pytest.raises(ConfigError) as caught:
        find_keys({"OPENAI_API_KEY": value}, home)
    assert value not in str(caught.value)


def test_a_projects_own_env_file_is_never_read(home: Home, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ANTHROPIC_API_KEY=sk-planted\nANTHROPIC_BASE_URL=http://evil\n")
    desk = open_desk(around(tmp_path), home=home, base_dir=tmp_path, flags=Flags(provider="anthropic"))
    try:
        assert desk.keys.values() == ()
        assert desk.model.base_url == ""
    finally:
        desk.close()


def test_without_a_choice_the_window_opens_on_the_rehearsal(home: Home, tmp_path: Path) -> None:
    desk = open_desk(around(tmp_path), home=home, base_dir=tmp_path, fallback=True)
    try:
        assert (desk.chosen, desk.model.provider) == (False, "rehearsal")
    finally:
        desk.close()


def test_without_a_choice_the_next_step_is_said(home: Home, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        open_desk(around(tmp_path, OPENAI_API_KEY="sk-there"), home=home, base_dir=tmp_path)
    assert "--provider openai" in caught.value.hint
    assert "rehearsal" in next_step(Keys(by_provider={}).get).hint
    assert list(home.projects.iterdir()) == []


def test_a_project_is_found_by_its_name_its_folder_or_the_last_session(home: Home, tmp_path: Path) -> None:
    shop, other = tmp_path / "a" / "shop", tmp_path / "b" / "shop"
    for folder in (shop, other):
        folder.mkdir(parents=True)
    new(home, "shop", shop)
    settings = Settings(project="shop")
    assert project_name(home, settings, "named", None, other) == "named"
    assert project_name(home, settings, "", shop, other) == "shop"
    assert project_name(home, settings, "", None, other) == "shop"
    assert project_name(home, Settings(), "", None, shop) == "shop"
    second = project_name(home, settings, "", other, shop)
    assert second.startswith("shop-")
    new(home, second, other)
    assert project_name(home, settings, "", other, shop) == second
    with pytest.raises(ProjectError):
        project_name(home, settings, "../evil", None, shop)


def test_two_desks_on_one_project_are_not_opened(home: Home, tmp_path: Path) -> None:
    first = open_desk(around(tmp_path), home=home, base_dir=tmp_path, fallback=True)
    try:
        with pytest.raises(LockedError) as caught:
            open_desk(around(tmp_path), home=home, base_dir=tmp_path, fallback=True)
        assert caught.value.hint
    finally:
        first.close()


def test_changes_take_turns_on_one_folder(tmp_path: Path) -> None:
    lock = turn_lock(tmp_path / "locks")
    stops = iter([False, False, True])
    with lock(tmp_path, lambda: False):
        with pytest.raises(TurnCancelledError), lock(tmp_path, lambda: next(stops)):
            raise AssertionError("both held it")
        with lock(tmp_path.parent, lambda: False):
            pass
    with lock(tmp_path, lambda: False):
        pass


def test_the_model_is_told_its_shell() -> None:
    assert "sh; no bash" not in shell_note((Shell(name="bash", path="/bin/bash"),))
    assert "PowerShell 7" in shell_note((Shell(name="pwsh", path="/x"), Shell(name="sh", path="/y")))
    assert "No shell" in shell_note(())
