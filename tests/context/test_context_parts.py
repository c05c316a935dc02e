"""A module read in parts gives what it gives as a whole, wherever it may be cut."""

import ast
import random
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.context.python.parts import NotPythonError, Parts, TooLongError
from copilot.context.python.summary import Outline, outline
from copilot.context.summarize import summarize

WHOLE = 10**9
PIECES = (
    '"""About it.\n\ndef no(): pass\n\n    def neither(self): pass\n"""\n',
    "import os\n\n",
    "from __future__ import barry_as_FLUFL\n\n",
    "# before\n\n",
    "X = [\n\n1,\n\n]\n",
    "X = 1 \\\n\n",
    "text = '''\n\n@x\n\n    @y\n\nclass No:\n    pass\n'''\n\n",
    "if X:\n    def conditional(): ...\n\n    def other(): ...\n\nelse:\n    Y = 2\n",
    "@dec(\n\n)\n\ndef decorated(a, *, b=1): return a != b\n",
    "def f(a: int) -> str:\n    '''Do.'''\n\n    def inner(): ...\n\n    return a\n\n",
    "async def g(): ...\n\n",
    "def f(): ...\n\n@overload\ndef f(a): ...\n\n",
    "def _hidden(): ...\n\n",
    "class A(B):\n    '''Of it.'''\n\n    x: int = 1\n\n",
    "class Empty:\n    pass\n\n",
    "    def method(self): return 'é'\n\n",
    "    @property\n    def name(self): ...\n\n",
    "    @property\n\n    def apart(self): ...\n\n",
    "    async def later(self): ...\n\n    y = 2\n\n",
    "    class Inner:\n        z: int\n\n        def deep(self): ...\n\n",
    "    def __init__(self):\n        self.a = self.b = 1\n\n",
    "  \\\n    def continued(self): ...\n\n",
    "  def two(self): ...\n\n",
    "\tdef tab(self): ...\n\n",
    "\f\n\n",
    "\fdef fed(): ...\n\n",
    "    if 1: pass\n    else: pass\n\n",
    "else: pass\n\n",
    "'''\n\n",
    "(\n\n",
    ")\n\n",
    "\0",
    "\r\r",
)


def told(text: str, part: int) -> Outline | str:
    try:
        return outline(text, part)
    except NotPythonError as error:
        return str(error)


@settings(max_examples=250, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join), st.integers(1, 200))
def test_parts_of_any_size_give_the_same(text: str, part: int) -> None:
    assert told(text, part) == told(text, WHOLE)


def test_parts_of_real_modules_give_the_same() -> None:
    found = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))
    found = random.Random(3).sample(found, min(len(found), 40))
    for path in found:
        text = path.read_text("utf-8", "replace")[:40_000]
        assert told(text, 500) == told(text, WHOLE), path


def test_a_long_class_is_never_a_tree_as_a_whole() -> None:
    method = '    def method_{n}(self):\n        """Do {n}."""\n        return {n}\n\n'
    text = "class Long:\n    '''It.'''\n\n" + "".join([method.format(n=n) for n in range(400)]) + "x = 1\n"
    found = Parts(text, text.split("\n"), 1_000)
    module = found.statements()
    first = next(module)
    assert isinstance(first, ast.ClassDef)
    held = [len(first.body) for _ in found.members(first)]
    assert len(held) == 401
    assert max(held) < 20
    shown = outline(text, 1_000)
    assert shown.table.splitlines()[2] == "1-1602|class Long|It."
    assert shown.table.splitlines()[-1] == "1604|x = 1"


def test_the_class_that_goes_on_ends_where_it_does() -> None:
    text = "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n\nx = 3\n"
    found = Parts(text, text.split("\n"), 40)
    module = found.statements()
    first = next(module)
    assert isinstance(first, ast.ClassDef)
    assert first.end_lineno == 3
    assert [(type(one), one.lineno) for one in found.members(first)] == [
        (ast.FunctionDef, 2),
        (ast.FunctionDef, 5),
    ]
    assert first.end_lineno == 6
    assert [one.lineno for one in module] == [8]


def test_what_cannot_be_cut_and_is_too_long_is_read_by_its_grammar() -> None:
    words = "    'many words in one long line of a text that is there to be long'\n"
    text = f"def f():\n    pass\n\n\nx = [\n{words * 5_000}]\n"
    with pytest.raises(TooLongError):
        outline(text)
    shown = summarize("a.py", text.encode())
    assert "A part is longer than 300,000 characters: read with tree-sitter-python." in shown
    assert "f()" in shown
    many = f"def f():\n{words * 80}\n\n" * 60
    assert summarize("a.py", many.encode()).startswith("Python, 4,980 lines.\n\nlines|definition|about\n")
