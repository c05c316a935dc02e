"""Two hundred questions a reader has, answered by the context of three real packages; no model is asked.

"Where is X defined, what are its parameters": the row of its file must hold its line, its name and all of its
parameters' names. The benchmark asks the same of larger packages.
"""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "bench"
sys.path.insert(0, str(BENCH))

from context_checks import absent, public_names, questions, sections, unanswered  # noqa: E402

PACKAGES = ("pydantic", "rich", "httpx2")
QUESTIONS = 200


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python files of the three packages."""
    root = tmp_path_factory.mktemp("useful") / "tree"
    for name in PACKAGES:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        source = Path(spec.origin).parent
        for path in sorted(source.rglob("*.py")):
            copy = root / name / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return root


@pytest.fixture(scope="module")
def context(tree: Path) -> str:
    """What `copilot context` writes for their summaries, none of them stepped down."""
    home = tree.parent / "home"
    (home / "projects").mkdir(parents=True)
    (home / "projects" / "useful.toml").write_text(
        f"schema_version = 1\n[files]\nbase_dir = '{tree}'\n"
        "paths = [{ path = '**/*', view = 'summary' }]\n[limits]\nmax_context_tokens = 100000000\n",
        "utf-8",
    )
    command = [sys.executable, "-m", "copilot", "--home", str(home), "context", "--project", "useful"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    [written] = (home / "md_gen").glob("useful_*.md")
    return written.read_text("utf-8")


def test_where_it_is_and_what_it_takes(tree: Path, context: str) -> None:
    names = [name for path in paths(tree) for name in public_names(path, (tree / path).read_bytes())]
    asked = questions(names, QUESTIONS, seed=3)
    assert len(asked) == QUESTIONS
    assert {question.path.split("/")[0] for question in asked} == set(PACKAGES)
    assert unanswered(sections(context, paths(tree)), asked) == []


def test_every_public_name_is_in_the_section_of_its_file(tree: Path, context: str) -> None:
    names = [name for path in paths(tree) for name in public_names(path, (tree / path).read_bytes())]
    assert len(names) > 3_000
    assert absent(sections(context, paths(tree)), names) == []


def paths(tree: Path) -> list[str]:
    """Every file as the context names it."""
    return sorted(path.relative_to(tree).as_posix() for path in tree.rglob("*.py"))
