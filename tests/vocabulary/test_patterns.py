"""Patterns that compile late do what compiled ones do."""

import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from copilot.vocabulary.patterns import late
from copilot.vocabulary.release import program_version


def test_it_does_what_a_compiled_one_does() -> None:
    ours, theirs = late(r"(\w)(\d)", re.ASCII), re.compile(r"(\w)(\d)", re.ASCII)
    for text in ("a1 b2", "", "x"):
        assert ours.findall(text) == theirs.findall(text)
        assert bool(ours.search(text)) == bool(theirs.search(text))
        assert ours.sub(r"\2", text) == theirs.sub(r"\2", text)
        assert ours.subn("", text) == theirs.subn("", text)
        assert ours.split(text) == theirs.split(text)
        assert [found[0] for found in ours.finditer(text)] == [found[0] for found in theirs.finditer(text)]
        assert bool(ours.match(text)) == bool(theirs.match(text))
        assert bool(ours.fullmatch(text)) == bool(theirs.fullmatch(text))
    assert (ours.pattern, ours.flags) == (theirs.pattern, theirs.flags)
    assert late(rb"\d").findall(b"1a2") == [b"1", b"2"]


def test_it_is_compiled_when_it_is_used() -> None:
    wrong = late("(")
    with pytest.raises(re.error):
        wrong.match("a")
    with pytest.raises(AttributeError):
        _ = wrong.groups


def test_the_version_is_the_installed_one_and_comes_without_its_reader() -> None:
    assert program_version() == version("copilot")
    code = "import sys, copilot.vocabulary.release as r; r.program_version(); "
    code += "print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
