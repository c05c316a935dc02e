"""Packages that run late: the same names, and all of them, as if they had run at once."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from copilot.providers.lazy_sdk import lazily, load_lazily

FILES = {
    "lazypack/__init__.py": """\
RUN.append("lazypack") if (RUN := __import__("lazypack_runs").RUN) is not None else None
from .one import One as One, other
from .two import (
    Two,  # a comment
    thing as renamed,
)
from .star import *
if True:
    from .two import hidden
computed = One + 1
from . import sub
def __getattr__(name):
    if name == "late":
        return "late"
    raise AttributeError(f"nothing named {name}")
""",
    "lazypack/one.py": "import lazypack\nOne = 1\nother = 'other'\n",
    "lazypack/two.py": "from lazypack import One\nTwo = One + 1\nthing = 'thing'\nhidden = 'hidden'\n",
    "lazypack/star.py": "starred = 'starred'\n",
    "lazypack/sub/__init__.py": """\
__import__("lazypack_runs").RUN.append("lazypack.sub")
from .deep import Deep
from ..two import Two
""",
    "lazypack/sub/deep.py": "from .. import One\nclass Deep: one = One\n",
    "lazypack_runs.py": "RUN = []\n",
}


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which packages have run, in order."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield import_module("lazypack_runs").RUN
    for name in [name for name in sys.modules if name.startswith("lazypack")]:
        del sys.modules[name]


def test_names_come_from_the_modules_that_gather_them(runs: list[str]) -> None:
    lazily(("lazypack", "lazypack.sub"))
    package = import_module("lazypack")
    assert (package.One, package.other, package.Two, package.renamed) == (1, "other", 2, "thing")
    assert package.sub.Deep.one == 1
    assert import_module("lazypack.sub.deep").Deep is package.sub.Deep
    assert runs == []
    assert "lazypack.star" not in sys.modules


@pytest.mark.parametrize(
    ("name", "value"),
    [("starred", "starred"), ("computed", 2), ("hidden", "hidden"), ("late", "late")],
)
def test_any_other_name_runs_the_package(runs: list[str], name: str, value: object) -> None:
    lazily(("lazypack", "lazypack.sub"))
    package = import_module("lazypack")
    assert getattr(package, name) == value
    assert runs == ["lazypack"]
    assert getattr(package, name) == value
    assert runs == ["lazypack"]


def test_what_is_not_there_is_missed_in_the_packages_own_words(runs: list[str]) -> None:
    lazily(("lazypack", "lazypack.sub"))
    with pytest.raises(AttributeError, match="nothing named nowhere"):
        _ = import_module("lazypack").nowhere
    with pytest.raises(AttributeError, match=r"module 'lazypack.sub' has no attribute 'nowhere'"):
        _ = import_module("lazypack.sub").nowhere
    with pytest.raises(ImportError):
        exec("from lazypack.sub import nowhere")
    assert runs == ["lazypack", "lazypack.sub"]


def test_a_star_import_runs_it(runs: list[str]) -> None:
    lazily(("lazypack", "lazypack.sub"))
    names: dict[str, object] = {}
    exec("from lazypack import *", names)
    assert {"One", "Two", "starred", "computed", "renamed"} <= names.keys()
    assert runs == ["lazypack"]


def test_a_package_that_is_loaded_stays_as_it_is(runs: list[str]) -> None:
    package = import_module("lazypack")
    lazily(("lazypack", "lazypack.sub"))
    assert sys.modules["lazypack"] is package
    assert runs == ["lazypack", "lazypack.sub"]


def test_what_does_not_exist_is_passed_over(runs: list[str]) -> None:
    lazily(
        ("lazypack.sub", "lazypack_nothing", "lazypack_runs", "lazypack", "lazypack.nothing", "lazypack.one")
    )
    assert "lazypack.sub" not in sys.modules
    assert not {"lazypack_nothing", "lazypack.nothing", "lazypack.one"} & sys.modules.keys()
    assert runs == []


def test_modules_are_loaded_and_their_packages_are_not(runs: list[str]) -> None:
    load_lazily(("lazypack", "lazypack.sub"), ("lazypack.sub.deep",))
    assert {"lazypack.one", "lazypack.sub.deep"} <= sys.modules.keys()
    assert "lazypack.two" not in sys.modules
    assert runs == []


def test_reloading_works(runs: list[str]) -> None:
    from importlib import reload

    lazily(("lazypack",))
    assert reload(import_module("lazypack")).computed == 2
    assert runs == ["lazypack", "lazypack.sub"]
