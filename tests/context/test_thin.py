"""Long displays parsed run by run: all but their elements is as in the tree of the whole text."""

import ast
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.context import kinds
from copilot.context.python import lean, thin
from copilot.context.python.summary import outline
from copilot.context.summarize import summary_of

ROWS = [f"(number_{number}, 'text {number}', {number} * x + 1)," for number in range(900)]
PAIRS = [f"'key {number}': {{'a': [{number}]}}," for number in range(1_200)]


def display(rows: list[str], indent: int = 0, brackets: str = "[]") -> str:
    inner = "".join(f"{' ' * (indent + 4)}{row}\n" for row in rows)
    return f"{brackets[0]}\n{inner}{' ' * indent}{brackets[1]}"


def several(element: str) -> list[str]:
    """Rows of two lines each."""
    return [f"{row[:-1]}\n+ {element}," for row in ROWS]


LIST, PAIRED = display(ROWS), display(PAIRS, 0, "{}")
NAMES, NUMBERS = ([f"{word}{number}," for number in range(6_000)] for word in ("name_", ""))
NO_COMMA = LIST[:-3] + "\n]"
COMMENTED = LIST.replace("(number_7", "# (\n    (number_7")
JOINED = "[\n    'a'\n" + LIST[2:].replace("(number_0, ", "'b', (0, ")
COMPREHENSION = f"[\n    (\n    a for a in {LIST}\n)]"
TEXTS = {
    "a list": f"import a\n\nX = {LIST}\n\ndef f(): pass\n",
    "a set": f"X = {display(ROWS, 0, '{}')}\nY = 1\n",
    "a dict": f"X: dict = {PAIRED}\nY = 1\n",
    "in a function": f"def f():\n    return {display(ROWS, 4)}\n\ndef g(): pass\n",
    "in a class": f"class C:\n    x = {display(PAIRS, 4, '{}')}\n    def f(self): pass\n",
    "as an argument": f"X = frozenset({LIST})\nY = 1\n",
    "one in the other": f"X = {display(['a,', f'{display(ROWS, 4)},', 'b'])}\nY = 1\n",
    "no last comma": f"X = {NO_COMMA}\nY = 1\n",
    "lines without indentation": f"X = {display(several('n'))}\nY = 1\n",
    "comments": f"X = {COMMENTED}\nY = 1\n",
    "wide letters": f"X = {LIST.replace('text', 'ÿ → 🙂')}; Y = 1\n",
    "a default": f"def f(a, b={LIST}, c=1): pass\n",
    "unpacked": f"X = {LIST.replace('(number_7,', '*(number_7,')}\nY = 1\n",
    "in a comprehension": f"X = {COMPREHENSION}\nY = 1\n",
    "behind a joined string": f"X = {JOINED}\nY = 1\n",
}
NOT_ELEMENTS = {
    "targets": f"{display(NAMES)} = x\n",
    "wrong targets": f"{display(NUMBERS)} = x\n",
    "an index": f"X = x{display(NUMBERS)}\n",
    "what is deleted": f"del {display(NAMES)}\n",
    "a pattern": f"match x:\n    case {display(NUMBERS, 4)}:\n        pass\n",
    "a string": f"X = '''\n{LIST}\n'''\nY = 1\n",
    "arguments behind an open bracket in a comment": f"f(  # [\n{LIST[2:-1]})\n",
}


def bare(tree: ast.AST) -> str:
    """The tree without the elements of displays."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Set) or (isinstance(node, ast.List) and isinstance(node.ctx, ast.Load)):
            node.elts.clear()
        elif isinstance(node, ast.Dict):
            node.keys.clear()
            node.values.clear()
    return ast.dump(tree, include_attributes=True)


@pytest.mark.parametrize("name", TEXTS)
def test_all_but_the_elements_is_in_the_tree(name: str) -> None:
    text = TEXTS[name]
    found = thin.thinned(text)
    assert found is not None
    assert (len(found.text), found.text.count("\n")) == (len(text), text.count("\n"))
    assert found.solid < len(text) / 4
    tree = lean.parse(text)
    assert sum(1 for _ in ast.walk(tree)) < sum(1 for _ in ast.walk(ast.parse(text))) / 4
    assert bare(tree) == bare(ast.parse(text))


def said(text: str, parse: Callable[[str], ast.AST]) -> object:
    """The tree without elements, or what is wrong with the text."""
    try:
        return bare(parse(text))
    except SyntaxError as error:
        return error.msg, error.lineno


@pytest.mark.parametrize("name", NOT_ELEMENTS)
def test_what_only_looks_like_elements_is_in_the_tree(name: str) -> None:
    text = NOT_ELEMENTS[name]
    assert thin.thinned(text) is not None, "it looks like some"
    assert said(text, lean.parse) == said(text, ast.parse)


WRONG = (
    "]",
    "[",
    ")",
    "}",
    "'",
    '"""',
    ", ,",
    "=",
    "x y",
    "for x in y",
    ": 1",
    "**x",
    "if",
    "\\",
    "# ",
    ":= 1",
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    name=st.sampled_from([*TEXTS, *NOT_ELEMENTS]),
    at=st.floats(0, 1),
    words=st.sampled_from(WRONG),
    line=st.booleans(),
)
def test_what_is_wrong_is_said_as_of_the_whole(name: str, at: float, words: str, line: bool) -> None:
    """Anywhere in a text, at the end of a line or on one of its own."""
    lines = {**TEXTS, **NOT_ELEMENTS}[name].split("\n")
    place = int(at * (len(lines) - 1))
    lines[place] += f"\n{words}" if line else words
    text = "\n".join(lines)
    assert said(text, lean.parse) == said(text, ast.parse)


def test_a_long_display_takes_no_more_than_a_run() -> None:
    def peak(count: int) -> int:
        # few names: the interpreter's table of all names grows by megabytes at a time
        text = f"X = {display([f'a + b_{n % 9} * {n},' for n in range(count)], 0)}\n"
        outline(text)  # what is loaded once
        tracemalloc.start()
        try:
            outline(text)
            return tracemalloc.get_traced_memory()[1] - 3 * len(text)
        finally:
            tracemalloc.stop()

    assert peak(12_000) < 2 * peak(3_000)


def test_what_is_too_long_but_for_elements_is_no_longer_too_long() -> None:
    text = f"def f():\n    return {display(ROWS * 8, 4)}\n\nX = {display(ROWS, 0)}\n\ndef g(a): pass\n"
    assert len(text) > lean.LONGEST
    found = summary_of("a.py", text, len(text))
    assert "tree-sitter" not in found.text
    assert found.defines == ("f", "X", "g")
    assert bare(lean.parse(text)) == bare(ast.parse(text))


def test_what_is_too_long_is_read_with_a_grammar() -> None:
    words = "        'many words in one long line of a text that is there to be long'\n"
    text = f"def f():\n    return g(\n{words * 5_000})\n\nX = {LIST}\n\ndef g(a): pass\n"
    found = summary_of("a.py", text, len(text))
    whole = kinds.python_by_grammar(text)
    assert "read with tree-sitter-python" in found.text
    assert whole.table in found.text
    assert (found.defines, found.imports) == (whole.defines, whole.imports)
