"""One file to an outline: a golden table, odd sources, and properties over anything."""

import ast
import re
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.context.python.parts import NotPythonError
from copilot.context.python.summary import outline
from copilot.context.summarize import summarize

SOURCE = '''\
#!/usr/bin/env python3
"""
Prices of things.

More about it.
"""
import os, sys as system
from pathlib import (
    Path,  # where: things are
    PurePath as Pure,
)
from . import near

__all__ = ["Shop", "price"]
LIMIT: int = 10
LONG = """%s"""
a, b = 1, 2

if system.version_info >= (3, 11):
    def conditional(): pass
else:
    async def conditional(x): ...


@dec.orate(  "a  b" )
class Shop(Base, metaclass = Meta):
    """Sells | things `quickly`."""

    name: str = "x"
    count = 0

    class Shelf: depth: int

    @property
    def open(self) -> bool:
        return True

    async def sell(
        self,
        item: "Item",  # odd: comment)
        *,
        price: dict[str, int] = {"a:b": 1},
        note='it\\'s  two',
    ) -> tuple[int, str]:
        """Sell one.

        Raises nothing.
        """
        def inner(): ...
        return 1, ""


def price(a, /, b=lambda: 0, *args: int, **kw: str): return 0
try:
    import fast
except ImportError:
    fast = None
''' % ("x" * 200)

GOLDEN = """\
lines|definition|about
-|-|-
7-12|import os; sys as system; pathlib: Path, PurePath as Pure; .: near; fast
14-17|`__all__ = ["Shop", "price"]; LIMIT: int = 10; LONG; a, b = 1, 2`
20-22|conditional(); async (x)
25-50|@dec.orate( "a  b" ) class Shop(Base, metaclass = Meta): name: str = "x"; count = 0\
|Sells \\| things `quickly`.
32|class .Shelf: depth: int
34-36|@property .open(self) -> bool
38-50|`async .sell(self, item: "Item", *, price: dict[str, int] = {"a:b": 1}, note='it\\'s  two') \
-> tuple[int, str]`|Sell one.
53|`price(a, /, b=lambda: 0, *args: int, **kw: str)`
57|fast = None
"""

ROW = re.compile(r"\d+(-\d+)?\|(?P<code>(\\\||[^|])*)(\|(\\\||[^|])*)?")


def codes(source: str) -> str:
    """The middle cells of the source's table, a line for each row, without backticks around them."""
    rows = [ROW.fullmatch(line) for line in outline(source).table.splitlines()[2:]]
    assert all(rows)
    return "\n".join(row["code"].strip("`").replace("\\|", "|") for row in rows if row)


def test_the_golden_table() -> None:
    found = outline(SOURCE)
    assert found.table == GOLDEN
    assert found.doc == "Prices of things."
    assert found.defines == (
        "LIMIT", "LONG", "a", "b", "conditional", "Shop", "open", "sell", "price", "fast"
    )  # fmt: skip
    assert found.imports == ("os", "sys", "pathlib", "pathlib.Path", "pathlib.PurePath", ".", ".near", "fast")


def test_line_ends_of_any_kind_give_the_same_table() -> None:
    assert outline(SOURCE.replace("\n", "\r\n")) == outline(SOURCE)
    assert outline(SOURCE.replace("\n", "\r")) == outline(SOURCE)


def test_a_summary_tells_kind_and_size() -> None:
    data = SOURCE.encode()
    assert summarize("a/shop.py", data) == f"Python, 57 lines. Prices of things.\n\n{GOLDEN}"


def test_a_byte_order_mark_and_an_old_encoding_are_read() -> None:
    assert "\ncafé = 1\n" in summarize("a.py", b"\xef\xbb\xbf" + "café = 1\n".encode())
    assert "\ncafé = 1\n" in summarize("a.py", b"\xff\xfe" + "café = 1\n".encode("utf-16-le"))


def test_a_syntax_error_is_said_plainly() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    text = summarize("bad.py", b"x = 1\ndef f(:\n    pass\n")
    assert text == (
        f"Python, 3 lines. Not valid for Python {version} (line 2: invalid syntax).\n\n"
        "```python\nx = 1\ndef f(:\n    pass\n```\n"
    )


def test_other_text_is_shown_by_head_and_size() -> None:
    short = summarize("a.txt", b"one\ntwo")
    assert short == "2 lines, 7 bytes.\n\n```\none\ntwo\n```\n"
    long = summarize("b.md", b"".join(b"line %d ```\n" % n for n in range(100)))
    assert long.startswith("Markdown, 100 lines.\n\nThe first 20 lines:\n\n````markdown\nline 0 ```\n")
    assert long.endswith("line 19 ```\n````\n")
    assert len(summarize("c.json", b"x" * 100_000)) < 1_200


def test_what_is_no_text_is_named_only() -> None:
    assert summarize("a.png", b"\x89PNG\0\0") == "Binary, 6 bytes.\n"
    assert summarize("a.py", b"") == "Empty, 0 bytes.\n"
    assert summarize("a.py", b"\n \n") == "Empty, 3 bytes.\n"


@pytest.mark.parametrize(
    "source",
    [
        "if 1:\n x=1\n" + "elif 1:\n x=1\n" * 2_000,
        "x = " + "(" * 150 + ")" * 150,
        "x = " + "-" * 20_000 + "1",
        "x = " + "1+" * 20_000 + "1",
        "class A:\n" + "".join(" " * n + "class A:\n" for n in range(1, 90)) + " " * 90 + "x = 1",
        "x = '\\d'\n",
        "def f(a='''\n|\n'''): pass",
        "def f(a=f'{1:{2}}'): pass",
        "def `f`(): pass",
        "x\0y",
        "\f\ndef f(): pass",
        "def f(\\\n  a): pass",
        "class A(\n  B, # :\n): # :\n  pass",
        "def f() -> 'a:b': pass",
        "def é(ü='ß'): pass; y = 1",
        "for x in y:\n  def f(): pass\nelse:\n  def g(): pass",
        "match x:\n  case 1:\n    def f(): pass",
        "with a as b:\n  class C: pass",
    ],
)
def test_odd_sources(source: str) -> None:
    text = summarize("odd.py", source.encode())
    if "\n\nlines|definition|about\n-|-|-\n" in text:
        assert all(ROW.fullmatch(line) for line in text.split("-|-|-\n")[1].splitlines())


def test_real_sources_name_every_definition() -> None:
    """Each name that `ast` finds at module or class level of our own sources and some of the library's."""
    standard = [Path(ast.__file__), Path(warnings.__file__), Path(ast.__file__).with_name("dataclasses.py")]
    for path in (*standard, *(Path(__file__).parents[2] / "src" / "copilot" / "context").glob("*.py")):
        text = path.read_text(encoding="utf-8")
        words = set(re.findall(r"\w+", outline(text).table))
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.name in words
            elif isinstance(node, ast.ClassDef):
                assert node.name in words
                assert {inner.name for inner in node.body if isinstance(inner, ast.FunctionDef)} <= words


@given(st.binary(max_size=300), st.sampled_from(["a.py", "b.md", "noext", "x.ipynb"]))
def test_no_bytes_make_it_fail(data: bytes, path: str) -> None:
    assert summarize(path, data).endswith("\n")


identifiers = st.sampled_from(["a", "b1", "c_", "Déjà", "match", "type"])
annotations = st.sampled_from(["", ": int", ": 'x:y'", ": dict[str, int]", " : list [ int ]"])
defaults = st.sampled_from(["", "=1", " = 'a)b:c'", "=(1,)", "={'k': [1]}", "=lambda x: (x)", '="""q\n:"""'])


@st.composite
def signatures(draw: st.DrawFn) -> tuple[str, str]:
    """A function's source and its name, a stand-in for its number in both."""
    name = f"{draw(identifiers)}NUMBER"
    arguments = [f"p{n}{draw(annotations)}{draw(defaults)}" for n in range(draw(st.integers(0, 3)))]
    gap = draw(st.sampled_from([" ", "\n    ", "  # a: b)\n", " \\\n "]))
    returns = draw(st.sampled_from(["", " -> int", " -> 'a:b'", "->list [ int ]"]))
    kind = draw(st.sampled_from(["def", "async  def"]))
    # keyword-only, so that any order of defaults is valid
    inside = f",{gap}".join(["*rest", *arguments]) + draw(st.sampled_from(["", ","]))
    body = draw(st.sampled_from([" pass", "\n    '''Doc: one.'''", "\n    # note\n    return 1"]))
    return f"{kind} {name}({gap.replace('  #', '#')}{inside}{gap}){returns} :{body}\n", name


@settings(max_examples=200)
@given(st.lists(signatures(), min_size=1, max_size=4))
def test_signatures_are_the_source_s_own(made: list[tuple[str, str]]) -> None:
    """Each row, made a function again, has the very same arguments as the source."""
    source = "".join(text.replace("NUMBER", str(number)) for number, (text, _) in enumerate(made))
    nodes = [
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    rows = [again for line in codes(source).splitlines() for again in re.split(r"; (?:\d+ )?", line)]
    assert len(rows) == len(nodes) == len(made)
    for shown, node in zip(rows, nodes, strict=True):
        again = ast.parse(f"def {shown.removeprefix('async ')}: pass").body[0]
        assert isinstance(again, ast.FunctionDef)
        assert again.name == node.name
        if '"""' not in shown:  # a line break inside a string becomes a space
            assert ast.dump(again.args) == ast.dump(node.args)
            assert ast.dump(again.returns or ast.Pass()) == ast.dump(node.returns or ast.Pass())


def block(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines] or ["    pass"]


def definition(number: int, kind: int, inner: list[str]) -> list[str]:
    """Lines that define the public name `name_<number>`, `inner` inside where the kind can hold it."""
    name = f"name_{number}"
    match kind:
        case 0:
            return [f"def {name}(a, b=1): return a", *inner]
        case 1:
            return [
                "@decorated",
                f"async def {name}(",
                "    a,  # one",
                ") -> int:",
                '    """Doc."""',
                *inner,
            ]
        case 2:
            return [f"class {name}(Base):", *block(inner)]
        case 3:
            return ["if flag:", f"    {name} = 1", "else:", *block(inner)]
        case 4:
            return ["try:", *block(inner), "except Error:", f"    {name}: int = 2"]
        case _:
            return [f"{name}: list[int] = []", *inner]


@settings(max_examples=200)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=40))
def test_every_public_definition_appears_exactly_once(kinds: list[int]) -> None:
    lines: list[str] = []
    for number, kind in enumerate(kinds):
        lines = definition(number, kind, lines) if len(lines) % 3 else [*lines, *definition(number, kind, [])]
    code = codes("\n".join(lines))
    for number in range(len(kinds)):
        assert len(re.findall(rf"\bname_{number}\b", code)) == 1


def test_a_class_with_many_attributes_names_them_all() -> None:
    source = "class A:\n" + "".join(f"    attribute_{n}: int = {n}\n" for n in range(100))
    shown = codes(
        source + "    def __init__(self):\n        self.own, self._hidden = 1, 2\n        self.own = 3\n"
    )
    assert all(f" attribute_{n}: int" in shown or f"\n.attribute_{n}: int" in shown for n in range(100))
    assert shown.splitlines()[0].startswith("class A: attribute_0: int = 0; attribute_1: int = 1; ")
    assert shown.count("self.own") == 1
    assert "_hidden" not in shown


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        # overloads and setters stand behind the first of their name
        (
            "@overload\ndef f(a: int) -> int: ...\n"
            "@overload\ndef f(a: str) -> str: ...\ndef f(a):\n    'Doc.'\n",
            "1-6|@overload f(a: int) -> int; (a: str) -> str; (a)|Doc.\n",
        ),
        (
            "class A:\n @property\n def x(self): return 1\n @x.setter\n def x(self, v): pass\n",
            "1-5|class A\n2-5|@property .x(self); @x.setter (self, v)\n",
        ),
        ("def f(): pass\nx = 1\ndef f(): pass\n", "1|f()\n2|x = 1\n3|f()\n"),
        ("def f(): pass\nclass C: pass\ndef f(): pass\n", "1-3|f(); 2 class C; 3 f()\n"),
        # what is private is named with its line, a row for each scope
        (
            "def _a(): pass\n"
            "class B:\n def _c(self): pass\n def __eq__(self, o): pass\n_d = 1\n_e, _f = 1, 2\n",
            "2-4|class B\n3-4|`._c 3, __eq__ 4`\n1-6|_a 1, _d 5, _e 6, _f 6\n",
        ),
        (
            "class _A(B):\n 'Doc.'\n x = 1\n def y(self): pass\n class Z: pass\n",
            "1-5|class _A(B)|Doc.\n5|class .Z\n3-4|.x 3, y 4\n",
        ),
        # neighbours without a docstring share a row
        ("def a(): pass\n\ndef b(): pass\nclass C(D): pass\n", "1-4|a(); 3 b(); 4 class C(D)\n"),
        # a long signature keeps its parameters' names, and which may be left out
        (
            f"def f(a, b: {'x' * 240}, /, c=1, *d, e, g=2, **h) -> int: pass",
            "1|`f(a, b, /, c=…, *d, e, g=…, **h) -> int`\n",
        ),
        (f"def f(*, a: {'x' * 240}): pass", "1|`f(*, a)`\n"),
        (f"@d({'x' * 50})\ndef f(): pass", "1-2|@d(…) f()\n"),
        ("def f(\n  a, # no\n  # nor this\n  b=(1,\n  ),\n): # none\n  pass", "1-7|f(a, b=(1,))\n"),
        ("def f(a=(1,)): pass", "1|f(a=(1,))\n"),
        ("class A:\n @(\n  d)\n def f(self): pass", "1-4|class A\n3-4|@d .f(self)\n"),
        ("a: int\nb: int = 'x" + "y" * 80 + "'\nc = d = 1\ne.f = 2\ng: " + "x" * 61 + " = 1" + "1" * 20,
         "1-5|a: int; b: int = …; c = d = 1; g: … = …\n"),
        # many imports are grouped by package
        (
            "import aaaaaaaaaa.bbbbbbbbbb\nfrom aaaaaaaaaa.cccccccccc import dddddddddd as eeeeeeeeee\n"
            "from .ffffffffff import gggggggggg, hhhhhhhhhh\nfrom . import iiiiiiiiii\nimport k\n",
            "1-5|import aaaaaaaaaa.{bbbbbbbbbb, cccccccccc}; .ffffffffff; .; k\n",
        ),
        ("from __future__ import annotations\n", ""),
        ("try:\n import a\nexcept E:\n import b as b\n", "2|import a; b\n"),
    ],
)  # fmt: skip
def test_rows(source: str, rows: str) -> None:
    assert outline(source).table == (f"lines|definition|about\n-|-|-\n{rows}" if rows else "")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.12's grammar")
def test_type_aliases_and_type_parameters() -> None:
    source = "type A[T] = list[T]\nclass B[T: int](C): x: T\ndef f[T](\n  a: T,\n) -> T: pass\n"
    assert codes(source) == "type A[T] = list[T]\nclass B[T: int](C): x: T\nf[T](a: T) -> T"
    assert outline(source).defines == ("A", "B", "f")


@settings(max_examples=50)
@given(st.text(alphabet="defclas x():\n\t#'\"\\=,@1", max_size=60))
def test_whatever_ast_accepts_gives_an_outline(source: str) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source.replace("\r", "\n"))
    except (SyntaxError, ValueError):
        with pytest.raises(NotPythonError):
            outline(source)
    else:
        shown = outline(source).table
        assert not shown or shown.startswith("lines|definition|about\n-|-|-\n")
