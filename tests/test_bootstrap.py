"""`./run`: sets up once, again only when the lock changes, and hands its words on unchanged.

A small program stands in for uv, so that nothing is downloaded; the rest is the real script.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
UV = """#!/bin/sh
case $1 in --version) exit 0 ;; esac
here=$(dirname "$0")/../..
echo "$@" >> "$here/uv.log"
env > "$here/uv.env"
[ "${UV_BREAKS-}" ] && exit 1
mkdir -p "$here/.venv/bin"
cat > "$here/.venv/bin/python" <<'END'
#!/bin/sh
pwd
env | grep ^PYTHON
for word; do echo "<$word>"; done
END
chmod +x "$here/.venv/bin/python"
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "check out"
    (folder / ".venv-tools" / "bin").mkdir(parents=True)
    uv = folder / ".venv-tools" / "bin" / "uv"
    uv.write_text(UV)
    uv.chmod(0o755)
    shutil.copy(ROOT / "run", folder / "run")
    for name in ("uv.lock", "pyproject.toml"):
        (folder / name).write_text(name)
    return folder


def run(checkout: Path, *words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "HOME": str(cwd), **environ}
    return subprocess.run(
        [str(checkout / "run"), *words],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def syncs(checkout: Path) -> list[str]:
    log = checkout / "uv.log"
    return log.read_text().splitlines() if log.exists() else []


def test_words_and_folder_reach_the_program_unchanged(checkout: Path, tmp_path: Path) -> None:
    done = run(checkout, "ask", "two  words", "", "*", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        str(tmp_path),
        "<-m>",
        "<copilot>",
        "<ask>",
        "<two  words>",
        "<>",
        "<*>",
    ]


def test_it_sets_up_once_and_again_when_the_lock_changes(checkout: Path, tmp_path: Path) -> None:
    first, second = run(checkout, "tour", cwd=tmp_path), run(checkout, "tour", cwd=tmp_path)
    assert "Setting up the environment" in first.stderr
    assert second.stderr == ""
    assert len(syncs(checkout)) == 1
    (checkout / "uv.lock").write_text("other versions")
    run(checkout, "tour", cwd=tmp_path)
    assert len(syncs(checkout)) == 2


def test_the_linters_come_only_where_they_are_needed(checkout: Path, tmp_path: Path) -> None:
    for words in (["tour"], ["check"], ["tour"], ["check"]):
        run(checkout, *words, cwd=tmp_path)
    program, linters = syncs(checkout)
    assert "sync -q --frozen --all-extras --no-dev --python" in program
    assert "sync -q --frozen --all-extras --dev --python" in linters


def test_what_was_set_up_compiles_its_files(checkout: Path, tmp_path: Path) -> None:
    done = run(checkout, "tour", cwd=tmp_path, PYTHONDONTWRITEBYTECODE="1", PYTHONPATH="/elsewhere")
    assert "PYTHON" not in done.stdout


def test_a_person_without_a_writable_home_gets_a_cache_here(checkout: Path, tmp_path: Path) -> None:
    run(checkout, "tour", cwd=tmp_path, HOME="/proc/1/nowhere")
    told = (checkout / "uv.env").read_text()
    assert f"UV_CACHE_DIR={checkout}/.venv-tools/cache\n" in told
    assert f"UV_PROJECT_ENVIRONMENT={checkout}/.venv\n" in told


def test_the_persons_own_cache_is_kept(checkout: Path, tmp_path: Path) -> None:
    run(checkout, "tour", cwd=tmp_path, UV_CACHE_DIR=str(tmp_path / "mine"))
    assert f"UV_CACHE_DIR={tmp_path / 'mine'}\n" in (checkout / "uv.env").read_text()


def test_without_any_python_it_says_what_to_install(checkout: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    for name in ("sh", "dirname", "cat", "cksum", "id", "uname"):
        (bare / name).symlink_to(shutil.which(name) or "")
    done = run(checkout, "tour", cwd=tmp_path, PATH=str(bare))
    assert done.returncode == 1
    assert "Copilot needs Python 3.11 to 3.14" in done.stderr
    assert syncs(checkout) == []


def test_a_failed_set_up_is_not_taken_for_done(checkout: Path, tmp_path: Path) -> None:
    broken = run(checkout, "tour", cwd=tmp_path, UV_BREAKS="1")
    assert broken.returncode == 1
    assert "The environment could not be made" in broken.stderr
    assert run(checkout, "tour", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize("file", ["run", ".ci/run"])
def test_the_scripts_can_be_started(file: str) -> None:
    assert os.access(ROOT / file, os.X_OK)
