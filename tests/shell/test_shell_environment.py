"""What a script's environment holds."""

import pytest

from copilot.shell.environment import QUIET, child_environment

PERSON = {
    "PATH": "/usr/bin:.::relative:/opt/x",
    "LD_LIBRARY_PATH": ":lib:/opt/lib",
    "HOME": "/home/u",
    "LANG": "de_DE.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TERM": "xterm-256color",
    "https_proxy": "http://proxy:3128",
    "HTTP_PROXY": "http://user:pw@proxy:3128",
    "SSH_ASKPASS": "/usr/bin/ask",
    "SSH_AUTH_SOCK": "/run/agent",
    "DISPLAY": ":0",
    "ANTHROPIC_API_KEY": "sk-1",
    "LC_SECRET": "x",
    "LC_ODD": "our-key-value inside",
    "LD_PRELOAD": "/x.so",
    "BASH_ENV": "/x.sh",
    "BASH_FUNC_ls%%": "() { evil; }",
    "PYTHONSTARTUP": "/x.py",
}


def test_only_known_names_and_no_secrets_pass() -> None:
    assert child_environment(PERSON, "linux", keys=("our-key-value", "")) == {
        "PATH": "/usr/bin:/opt/x",
        "LD_LIBRARY_PATH": "/opt/lib",
        "HOME": "/home/u",
        "LANG": "de_DE.UTF-8",
        "LC_ALL": "C.UTF-8",
        "https_proxy": "http://proxy:3128",
        **QUIET,
    }


@pytest.mark.parametrize(
    ("person", "platform", "locale"),
    [
        ({}, "linux", {"LC_CTYPE": "C.UTF-8"}),
        ({}, "darwin", {"LC_CTYPE": "UTF-8"}),
        ({"LANG": "en_GB.UTF-8"}, "linux", {"LANG": "en_GB.UTF-8"}),
        ({"LANG": "de_DE.utf8", "LC_ALL": ""}, "linux", {"LANG": "de_DE.utf8", "LC_ALL": ""}),
        ({"LC_CTYPE": "UTF-8"}, "darwin", {"LC_CTYPE": "UTF-8"}),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "linux", {"LANG": "C", "LC_CTYPE": "C.UTF-8"}),
        ({"LANG": "de_DE@euro"}, "linux", {"LANG": "de_DE@euro", "LC_CTYPE": "C.UTF-8"}),
    ],
)
def test_characters_are_utf8_whatever_the_locale_is(
    person: dict[str, str], platform: str, locale: dict[str, str]
) -> None:
    assert child_environment(person, platform) == {**locale, **QUIET}


def test_no_prompt_can_appear() -> None:
    env = child_environment(PERSON, "linux")
    wanted = {"GIT_TERMINAL_PROMPT": "0", "GCM_INTERACTIVE": "never", "PAGER": "cat", "TERM": "dumb"}
    assert wanted.items() <= env.items()
    assert "BatchMode=yes" in env["GIT_SSH_COMMAND"]
    assert not {"SSH_ASKPASS", "SUDO_ASKPASS", "GIT_ASKPASS"} & set(env)


def test_windows_names_have_no_case() -> None:
    person = {
        "Path": "C:\\a;.;b",
        "SystemRoot": "C:\\Windows",
        "ProgramFiles(x86)": "C:\\P",
        "PSModulePath": "x",
    }
    assert child_environment(person, "win32") == {
        "Path": "C:\\a",
        "SystemRoot": "C:\\Windows",
        "ProgramFiles(x86)": "C:\\P",
        "PYTHONIOENCODING": "utf-8",
        **QUIET,
    }


def test_the_person_s_additions_win() -> None:
    env = child_environment(PERSON, "linux", extra={"MY_TOKEN": "1", "PAGER": "less"})
    assert (env["MY_TOKEN"], env["PAGER"]) == ("1", "less")


def test_a_stand_in_for_a_key_takes_nothing_away() -> None:
    """Local servers want some key, and people write `x`."""
    environ = {"PATH": "/usr/bin:/opt/x", "HOME": "/home/x"}
    kept = child_environment(environ, "linux", keys=("x",))
    assert {name: kept.get(name) for name in environ} == environ
