"""Files of the home that cannot be used: the person is told which and why, and nothing is lost silently."""

import re
from pathlib import Path

import pytest
from program_runs import environ, run

REHEARSED = ("ask", "hello", "--provider", "rehearsal")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / "projects").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('provider = "rehearsal\n', r"! .*/config\.toml cannot be used: line 1, column 22: "),
        ("provider = 3\n", r"! config\.toml, line 1, column 1: provider: "),
        ('provider = "rehersal"\n', r"! config\.toml, line 1, column 1: provider: "),
    ],
)
def test_what_is_wrong_in_config_toml_is_said_also_where_it_is_why(
    home: Path, tmp_path: Path, text: str, told: str
) -> None:
    (home / "config.toml").write_text(text)
    done = run("ask", "hello", env=environ(tmp_path), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    first, second, *_ = done.stderr.splitlines()
    assert re.match(told, first)
    assert second == "copilot: no provider was chosen"


@pytest.mark.parametrize("words", [REHEARSED, ("context", "*.py")], ids=["ask", "context"])
def test_a_broken_project_of_this_folder_is_set_aside_and_said(
    home: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """Not passed over for a new project beside it: then nobody would know why the discussion is gone."""
    project = tmp_path / "shop"
    project.mkdir()
    (project / "a.py").touch()
    broken = f'schema_version = 1\n[files]\nbase_dir = "{project}"\npaths = [\n'
    (home / "projects" / "shop.toml").write_text(broken)
    done = run(*words, env=environ(tmp_path), cwd=project)
    assert done.returncode == 0, done.stderr
    assert re.search(r"! shop\.toml cannot be used: line \d, column 1: ", done.stderr)
    assert "It was set aside as shop.toml.broken-1" in done.stderr
    kept = {path.name for path in (home / "projects").iterdir()}
    assert kept >= {"shop.toml", "shop.toml.broken-1"}
    assert (home / "projects" / "shop.toml.broken-1").read_text() == broken


@pytest.mark.parametrize(
    "words", [("ask", "hello", "--provider", "anthropic"), ("doctor",)], ids=["ask", "doctor"]
)
def test_a_key_file_that_is_no_text_is_said(home: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    (home / ".env").write_bytes("ANTHROPIC_API_KEY=sk-x\n".encode("utf-16"))
    done = run(*words, env=environ(tmp_path), cwd=tmp_path)
    assert f"{home / '.env'} is not UTF-8 text" in done.stdout + done.stderr
    assert "Save it as UTF-8, or move it away." in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_key_in_quotes_is_refused_and_not_shown(tmp_path: Path) -> None:
    key = '"sk-ant-0123456789"'
    done = run(
        "ask", "hello", "--provider", "anthropic", env=environ(tmp_path, ANTHROPIC_API_KEY=key), cwd=tmp_path
    )
    assert done.returncode == 1
    assert "Copy it again, without spaces or quotes." in done.stderr
    assert key not in done.stdout + done.stderr


@pytest.mark.parametrize("name", ["CON", "a" * 255, "\u00e9" * 120, "-rf", "..x", "esc\x1b[31m", "new\nline"])
def test_every_folder_can_be_worked_on_whatever_its_name(home: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    done = run(*REHEARSED, env=environ(tmp_path), cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert len([path for path in (home / "projects").iterdir() if path.suffix == ".toml"]) == 1
    assert run(*REHEARSED, env=environ(tmp_path), cwd=folder).returncode == 0
    assert len([path for path in (home / "projects").iterdir() if path.suffix == ".toml"]) == 1
