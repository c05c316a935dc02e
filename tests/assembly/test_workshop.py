"""What building a context stands on: a person's ignore file, our own folders, the summariser's version."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from copilot.assembly.workshop import global_excludes, workshop
from copilot.context import aggregate
from copilot.context.version import summariser_version
from copilot.projects.home import Home
from copilot.vocabulary.values import FileChoice, Project


def person(tmp_path: Path, own: str | None = None, xdg: str | None = None) -> dict[str, str]:
    """An environment whose HOME holds these configurations of git."""
    home = tmp_path / "person"
    home.mkdir(exist_ok=True)
    if own is not None:
        (home / ".gitconfig").write_text(own)
    if xdg is not None:
        (home / ".config" / "git").mkdir(parents=True, exist_ok=True)
        (home / ".config" / "git" / "config").write_text(xdg)
    return {"HOME": str(home)}


def by_git(environ: dict[str, str]) -> str:
    env = {**environ, "PATH": os.environ["PATH"], "GIT_CONFIG_NOSYSTEM": "1"}
    command = ["git", "config", "--type=path", "--get", "core.excludesFile"]
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, check=False)
    return done.stdout.removesuffix("\n")


CONFIGS = [
    "[core]\n\texcludesFile = ~/mine\n",
    "[core]\n\texcludesfile = /etc/ignore\n",
    "[CORE]\nEXCLUDESFILE=/etc/ignore\n",
    '[core]\n  excludesFile = "~/with space"\n',
    "[core]\n\texcludesFile = /a # said\n",
    "[core]\n\texcludesFile = /a ; said\n",
    '[core]\n\texcludesFile = "/a # b"\n',
    "# excludesFile = /no\n[core]\n\teditor = vi\n",
    '[core "sub"]\n\texcludesFile = /no\n',
    "[user]\n\tname = x\n[core]\n\teditor = vi\n[core]\n\texcludesFile = /b\n",
    "[core]\n\texcludesFile = /a\n\texcludesFile = /b\n",
    "[alias]\n\tx = !f() { echo excludesfile=[core]; }; f\n[core]\n\tbare\n\texcludesFile = /c\n",
    "[core] excludesFile = /one-line\n",
    "[core]\n\texcludesFile = C:\\\\Users\\\\me\\\\ignore\n",
    "[core]\n\texcludesFile = /a\\\n/b\n",
    "[diff]\n\texcludesFile = /no\n",
]


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
@pytest.mark.parametrize("config", CONFIGS)
@pytest.mark.parametrize("place", ["own", "xdg"])
def test_the_ignore_file_of_a_person_is_the_one_that_git_means(
    tmp_path: Path, config: str, place: str
) -> None:
    environ = person(tmp_path, **{place: config})
    said = by_git(environ)
    assert global_excludes(environ) == Path(said or tmp_path / "person/.config/git/ignore")


@pytest.mark.skipif(shutil.which("git") is None, reason="compares with git")
def test_the_own_configuration_stands_before_the_shared_one(tmp_path: Path) -> None:
    environ = person(tmp_path, "[core]\n\texcludesFile = /own\n", "[core]\n\texcludesFile = /xdg\n")
    assert str(global_excludes(environ)) == by_git(environ) == "/own"


@pytest.mark.parametrize(
    "broken", ["", "[core\nexcludesFile = /x", "\0\xff excludesfile", "excludesfile\n= x", "[]\n"]
)
def test_a_broken_configuration_says_nothing(tmp_path: Path, broken: str) -> None:
    environ = person(tmp_path, broken)
    assert global_excludes(environ) == tmp_path / "person/.config/git/ignore"
    assert global_excludes({**environ, "XDG_CONFIG_HOME": "/etc/xdg"}) == Path("/etc/xdg/git/ignore")


def test_without_a_home_there_is_none() -> None:
    assert global_excludes({}) is None
    assert global_excludes({"USERPROFILE": "/u"}) == Path("/u/.config/git/ignore")


def test_what_the_person_ignores_everywhere_and_what_we_write_is_not_chosen(tmp_path: Path) -> None:
    environ = person(tmp_path, "[core]\n\texcludesFile = ~/ignore\n")
    (tmp_path / "person" / "ignore").write_text("*.log\n")
    base = tmp_path / "base"
    home = Home(root=base).make()
    home.state.mkdir(exist_ok=True)
    files = ("a.py", "a.log", "md_gen/shop_001.md", "logs/x.txt", "state/y.json", "projects/shop.toml")
    for name in (*files, "scripts/generated/z.sh", "scripts/mine.sh", "src/state/kept.py"):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text("x\n")
    shop = workshop(home, environ, base, lambda: 2e9, ())
    built = aggregate.run(
        Project(name="shop", base_dir=str(base), files=(FileChoice(pattern="**"),)), workshop=shop
    )
    assert [one.path for one in built.items] == ["a.py", "scripts/mine.sh", "src/state/kept.py"]
    assert (base / "state" / "summaries.sqlite").is_file()
    elsewhere = workshop(home, environ, tmp_path / "other", lambda: 2e9, (), window=False)
    assert elsewhere.left_out == ()
    assert (shop.nice, elsewhere.nice) == (True, False)


def test_the_version_changes_with_the_code_and_with_nothing_else(tmp_path: Path) -> None:
    assert summariser_version() == summariser_version()
    package = tmp_path / "copilot"
    (package / "context" / "python").mkdir(parents=True)
    (package / "workspace").mkdir()
    sources = [package / "context" / "making.py", package / "workspace" / "reading.py"]
    for source in sources:
        source.write_text("a = 1\n")
    seen = [summariser_version(package)]
    assert seen[0] != summariser_version()
    for source in sources:
        source.write_text("a = 22\n")
        seen.append(summariser_version(package))
        info = source.stat()
        os.utime(source, ns=(info.st_atime_ns, info.st_mtime_ns + 1_000_000_000))
        seen.append(summariser_version(package))
    (package / "context" / "python" / "more.py").write_text("")
    seen.append(summariser_version(package))
    sources[0].unlink()
    seen.append(summariser_version(package))
    assert len(set(seen)) == len(seen)
    (package / "context" / "notes.txt").write_text("no code")
    (package / "workspace" / "other.py").write_text("makes no summaries")
    assert summariser_version(package) == seen[-1]
