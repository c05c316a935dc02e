"""Where the home is, and that a folder somebody else filled is never taken for it."""

import stat
import sys
from pathlib import Path

import pytest

from copilot.projects.home import Home, checkout_of, find_home
from copilot.vocabulary.errors import StorageError

OWN = Path("/data/copilot")


def home_of(flag: str | None, environ: dict[str, str], cwd: Path, checkout: Path | None) -> Path:
    return find_home(flag, environ, cwd, checkout, lambda: OWN).root


def test_the_flag_comes_first_then_the_variable(tmp_path: Path) -> None:
    environ = {"COPILOT_HOME": "/from/variable", "HOME": "/home/me"}
    assert home_of("/from/flag", environ, tmp_path, tmp_path) == Path("/from/flag")
    assert home_of("here", environ, tmp_path, None) == tmp_path / "here"
    assert home_of("~/there", environ, tmp_path, None) == Path("/home/me/there")
    assert home_of(None, environ, tmp_path, tmp_path) == Path("/from/variable")
    assert home_of(None, {"COPILOT_HOME": "~", "USERPROFILE": "/u"}, tmp_path, None) == Path("/u")


def test_the_current_folder_counts_only_where_it_is_our_checkout(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('provider = "openai"')
    assert home_of(None, {}, tmp_path, None) == OWN
    assert home_of(None, {"COPILOT_HOME": ""}, tmp_path, tmp_path / "elsewhere") == OWN
    assert home_of("", {}, tmp_path, tmp_path) == tmp_path.resolve()


def test_a_checkout_is_known_by_its_shape(tmp_path: Path) -> None:
    package = tmp_path / "src" / "copilot"
    package.mkdir(parents=True)
    assert checkout_of(package) is None
    (tmp_path / "pyproject.toml").write_text("")
    assert checkout_of(package) == tmp_path.resolve()
    installed = tmp_path / "lib" / "site-packages" / "copilot"
    installed.mkdir(parents=True)
    assert checkout_of(installed) is None


def test_the_places() -> None:
    root = Path("/h")
    home = Home(root=root)
    assert (home.config, home.env_file, home.projects, home.md_gen, home.logs, home.scripts, home.layout) == (
        root / "config.toml",
        root / ".env",
        root / "projects",
        root / "md_gen",
        root / "logs",
        root / "scripts" / "generated",
        root / "dpg_layout.ini",
    )


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_folders_are_for_this_user_only(tmp_path: Path) -> None:
    home = Home(root=tmp_path / "a" / "home").make()
    for folder in (home.root, home.projects, home.md_gen, home.logs, home.scripts.parent, home.scripts):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert home.make() == home


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="making the folder"):
        Home(root=tmp_path / "file" / "home").make()
