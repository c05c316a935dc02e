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
[assistants.lead]
may_ask = ["tester", "revewer"]
tools = ["read_files", "mcp__files__*"]
[assistants.reviewer]
tolls = ["read_*"]
"""
TOLD = (
    ("config.toml, line 1,", "'anthropik' is not one of", "docs/files.md"),
    ("config.toml, line 2,", "there is no project 'nope'", "lost, shop, torn"),
    ("config.toml, line 4,", "window.them: unknown key (did you mean theme?)", "take it out"),
    ("config.toml, line 6,", "does not match its own example 'git status'", "copilot policy check"),
    ("config.toml, line 11,", "'perhaps' is not one of", "docs/files.md"),
    ("config.toml, line 13,", "'localhost:11434' is no address", "http://127.0.0.1:11434/v1"),
    ("config.toml, line 14,", "no-such-program, which is not found", "enabled = false"),
    ("config.toml, line 16,", "NOT_SET, which is not set", "${NOT_SET:-default}"),
    ("config.toml, line 22,", "is needed for writing", "F1"),
    ("config.toml, line 23,", "may ask 'tester': there is none", "out of may_ask"),
    ("config.toml, line 23,", "may ask 'revewer': there is none", "out of may_ask"),
    ("config.toml, line 23,", "'read_files', and no tool is called that (did you mean read_file?)", "mcp__"),
    ("config.toml, line 27,", "unknown key (did you mean tools?)", "take it out"),
    ("$COPILOT_PROVDER", "nothing reads it (did you mean COPILOT_PROVIDER?)", "right name"),
    ("$OPENAI_BASE_URL", "'api.openai.com' is no address", "scheme"),
    ("/", "nothing reads OPENAI_APIKEY (did you mean OPENAI_API_KEY?)", "copilot keys"),
    ("/", "GEMINI_API_KEY is empty", "take it out"),
    ("/", "so nothing is trusted", "copilot trust"),
    ("/", "it is not used: model: a model needs its provider", "docs/assistants.md"),
    ("/", ".mcp.json is not JSON", "docs/mcp.md"),
    ("projects/lost.toml", "/nowhere/at/all is no folder", "--base-dir"),
    ("projects/torn.toml", "line 1, column 5", "while the project is closed"),
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "projects").mkdir(parents=True)
    return tmp_path / "home"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check(home: Path, **more: str) -> tuple[int, list[str]]:
    before = everything(home)
    env = {"COPILOT_HOME": str(home), "PATH": "/bin", **more}
    done = run_here("config", "check", env=env, cwd=home.parent)
    assert everything(home) == before
    return done.returncode, done.stdout.splitlines()


def test_each_fault_has_its_place_and_a_next_step(home: Path) -> None:
    (home / "config.toml").write_text(WRONG)
    lost = dump(Project(name="lost", base_dir="/nowhere/at/all"))
    (home / "projects" / "lost.toml").write_text(lost)
    (home / "projects" / "torn.toml").write_text("a = \n")
    (home / ".env").write_text("OPENAI_API_KEY=x\nOPENAI_APIKEY=y\nGEMINI_API_KEY=\nWEATHER=z\n")
    (home / ".env").chmod(0o644)
    (home / "state").mkdir()
    (home / "state" / "trust.json").write_text("[]")
    shop = home.parent / "shop"
    (shop / ".copilot" / "assistants").mkdir(parents=True)
    (shop / ".copilot" / "assistants" / "bad.md").write_text("---\nmodel: m\n---\nHi.\n")
    (shop / ".mcp.json").write_text("{")
    (home / "projects" / "shop.toml").write_text(dump(Project(name="shop", base_dir=str(shop))))
    code, lines = check(home, COPILOT_PROVDER="x", OPENAI_BASE_URL="api.openai.com")
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
