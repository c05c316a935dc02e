"""The system's keyring: which back end is taken, which thread asks it, what happens when it fails."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import key_back_ends
from copilot.assembly.keys_vault import NoVault, SystemVault
from copilot.vocabulary.errors import ConfigError


def vault(*names: str, patience: float = 30.0, **environ: str) -> SystemVault:
    ends = tuple(("key_back_ends", name) for name in names)
    return SystemVault("linux", environ, back_ends=ends, patience_seconds=patience)


def test_it_keeps_gives_and_forgets_from_a_thread_of_its_own() -> None:
    kept = vault("Absent", "Working")
    assert kept.trouble() == ""
    assert kept.read("anthropic") is None
    kept.write("anthropic", "sk-1")
    assert kept.read("anthropic") == "sk-1"
    assert key_back_ends.Working.kept == {("copilot", "anthropic"): "sk-1"}
    kept.remove("anthropic")
    kept.remove("anthropic")
    assert kept.read("anthropic") is None
    assert {"keyring"} == key_back_ends.CALLERS
    assert threading.current_thread().name != "keyring"


def test_one_that_does_not_work_or_swallows_secrets_is_none() -> None:
    kept = vault("Absent", "Null")
    assert kept.trouble() == "the system's keyring does not work here: no service answers"
    with pytest.raises(ConfigError, match="no service answers"):
        kept.write("anthropic", "sk-1")
    assert (
        "library is not installed" in SystemVault("linux", {}, back_ends=(("no_such_module", "X"),)).trouble()
    )


@pytest.mark.parametrize("kind", ["null", "fail"])
def test_the_usual_switch_turns_it_off(kind: str) -> None:
    kept = vault("Working", PYTHON_KEYRING_BACKEND=f"keyring.backends.{kind}.Keyring")
    assert "switched off by PYTHON_KEYRING_BACKEND" in kept.trouble()
    with pytest.raises(ConfigError):
        kept.read("anthropic")


def test_an_error_of_the_library_tells_no_secret() -> None:
    with pytest.raises(ConfigError) as caught:
        vault("Failing").read("anthropic")
    assert str(caught.value) == "the system's keyring failed: OSError"


def test_one_that_waits_for_its_person_is_given_up_and_not_asked_twice_at_once() -> None:
    kept = vault("Locked", patience=0.2)
    try:
        with pytest.raises(ConfigError, match=r"did not answer in 0\.2 s"):
            kept.read("anthropic")
        with pytest.raises(ConfigError, match="still does not answer"):
            kept.read("anthropic")
    finally:
        key_back_ends.HOLD.set()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_the_librarys_own_back_ends_say_why_they_do_not_work_on_a_bare_machine(
    platform: str, tmp_path: Path
) -> None:
    if platform == sys.platform != "linux":
        pytest.skip("there the keyring works")
    program = (
        "import json, sys; from copilot.assembly.keys_vault import SystemVault\n"
        "v = SystemVault(sys.argv[1], {}); print(json.dumps([v.trouble(), sorted(sys.modules)]))"
    )
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "key_planted.Taker"}
    (tmp_path / "key_planted.py").write_text("class Taker: priority = 9\n")
    done = subprocess.run(
        [sys.executable, "-c", program, platform],
        env=bare, capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    trouble, modules = json.loads(done.stdout)
    assert trouble.startswith("the system's keyring does not work here: ")
    assert "keyring" in modules


def test_where_none_is_to_be_touched() -> None:
    none = NoVault()
    assert none.trouble()
    assert none.read("anthropic") is None
    with pytest.raises(ConfigError):
        none.write("anthropic", "sk-1")
