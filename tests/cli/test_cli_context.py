"""`copilot context`: the Markdown, and what is printed about it."""

from pathlib import Path

import pytest
from program_runs import environ, run


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "a.py").write_text("x = 1\n")
    (folder / "src" / "b.py").write_text("y = 2\n")
    (folder / "notes.md").write_text("# Notes\n")
    return folder


def test_it_writes_the_context_and_says_where_and_how_large(project: Path, tmp_path: Path) -> None:
    done = run(
        "context", "--base-dir", str(project), "src/*.py", "!src/b.py", env=environ(tmp_path), cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    path, files, characters, tokens = done.stdout.splitlines()
    text = Path(path).read_text()
    assert Path(path).parent == tmp_path / "home" / "md_gen"
    assert (files, done.stderr) == ("files: 1", "")
    assert "x = 1" in text
    assert "y = 2" not in text
    assert 0 < int(characters.removeprefix("characters: ").replace(",", "")) <= len(text)
    assert int(tokens.removeprefix("estimated tokens: ").replace(",", "")) > 0


def test_the_files_named_once_are_not_kept_in_the_project(project: Path, tmp_path: Path) -> None:
    env = environ(tmp_path)
    assert run("context", "--base-dir", str(project), "*.md", env=env, cwd=tmp_path).returncode == 0
    done = run("context", "--project", "shop", env=env, cwd=tmp_path)
    assert done.returncode == 1
    assert "files: 0" in done.stdout


def test_a_project_has_its_own_files(project: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "projects").mkdir(parents=True)
    (home / "projects" / "shop.toml").write_text(
        f'schema_version = 1\nname = "shop"\n\n[files]\nbase_dir = "{project}"\npaths = ["*.md"]\n'
    )
    done = run("context", "--project", "shop", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "# Notes" in Path(done.stdout.splitlines()[0]).read_text()


def test_a_pattern_that_finds_nothing_fails(project: Path, tmp_path: Path) -> None:
    done = run("context", "--base-dir", str(project), "*.rs", env=environ(tmp_path), cwd=tmp_path)
    assert done.returncode == 1
    assert "no file matches" in done.stderr
