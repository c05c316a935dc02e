"""`copilot config check`: each fault with its file, its line and what to do; nothing is touched."""

from pathlib import Path

import pytest
from runs_here import run_here

from copilot.projects.project_manager import dump
from copilot.vocabulary.values import Project

WRONG = """\
provider = "anthropik"
project = "nope"
[window]
them = 3
[[policy]]
name = "git"
decision = "allow"
command = "git log"
examples = ["git log", "git status"]
[[policy]]
decision = "perhaps"
[providers.compatible]
base_url = "localhost:11434"
[mcp_servers.files]
command = "no-such-program"
[mcp_servers.tickets]
url = "https://example.org/${NOT_SET}"
[mcp_servers.off]
command = "no-such-program"
enabled = false
[keys]
"J" = "panel.log"
"""
TOLD = (
    ("config.toml, line 1,", "'anthropik' is not one of", "docs/files.md"),
    ("config.toml, line 2,", "there is no project 'nope'", "lost, torn"),
    ("config.toml, line 4,", "window.them: unknown key (did you mean theme?)", "take it out"),
    ("config.toml, line 6,", "does not match its own example 'git status'", "copilot policy check"),
    ("config.toml, line 11,", "'perhaps' is not one of", "docs/files.md"),
    ("config.toml, line 13,", "'localhost:11434' is no address", "http://127.0.0.1:11434/v1"),
    ("config.toml, line 14,", "no-such-program, which is not found", "enabled = false"),
    ("config.toml, line 16,", "NOT_SET, which is not set", "${NOT_SET:-default}"),
    ("config.toml, line 22,", "is needed for writing", "F1"),
    ("projects/lost.toml", "/nowhere/at/all is no folder", "--base-dir"),
    ("projects/torn.toml", "line 1, column 5", "while the project is closed"),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "projects").mkdir(parents=True)
    return tmp_path / "home"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check(home: Path) -> tuple[int, list[str]]:
    before = everything(home)
    done = run_here("config", "check", env={"COPILOT_HOME": str(home), "PATH": "/bin"}, cwd=home.parent)
    assert everything(home) == before
    return done.returncode, done.stdout.splitlines()


def test_each_fault_has_its_place_and_a_next_step(home: Path) -> None:
    (home / "config.toml").write_text(WRONG)
    lost = dump(Project(name="lost", base_dir="/nowhere/at/all"))
    (home / "projects" / "lost.toml").write_text(lost)
    (home / "projects" / "torn.toml").write_text("a = \n")
    (home / ".env").write_text("OPENAI_API_KEY=x\n")
    (home / ".env").chmod(0o644)
    code, lines = check(home)
    said = list(zip(lines[::2], lines[1::2], strict=True))
    assert code == 1
    assert any(fault.endswith("others on this machine may read it") for fault, _ in said)
    for where, what, todo in TOLD:
        fitting = [(fault, next_step) for fault, next_step in said if what in fault]
        assert fitting, what
        assert fitting[0][0].startswith(where), fitting
        assert todo in fitting[0][1], fitting
    assert len(said) == len(TOLD) + 1


def test_a_file_that_is_no_toml_stays_where_it_is(home: Path) -> None:
    (home / "config.toml").write_text('provider = "anthropic"\ntheme =\n')
    code, lines = check(home)
    assert code == 1
    assert lines[0].startswith("config.toml, line 2, column 8: this is no TOML")


def test_settings_that_can_be_used_and_none_at_all_are_right(home: Path) -> None:
    code, lines = check(home)
    assert (code, len(lines)) == (0, 1)
    (home / "config.toml").write_text(
        'provider = "anthropic"\n[[policy]]\ndecision = "allow"\ncommand = "git log"\n'
        'examples = ["git log -1"]\n[keys]\n"F7" = "panel.log"\n'
    )
    assert check(home) == (0, [f"{home}/config.toml: nothing is wrong."])
