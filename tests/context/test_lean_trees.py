"""Long texts parsed in pieces: what is asked of their trees is what the whole text's tree says."""

import ast
import tracemalloc

import pytest

from copilot.context.python import lean
from copilot.context.python.summary import outline

LINES = 1_500
BODY = [f"value_{number} = [{number}, 'a']" for number in range(LINES)]
ODD = [
    "if value_1:",
    "    pass",
    "elif value_2:",
    "    pass",
    "else:",
    "    pass",
    "try:",
    "    pass",
    "except ValueError:",
    "    pass",
    "finally:",
    "    pass",
    "text = '''",
    "def no_function():",
    "'''",
    "long = 1 + \\",
    "value_3",
    "listed = [",
    "value_4,",
    "]",
]


def indented(lines: list[str], indent: int) -> str:
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def asked(tree: ast.Module) -> str:
    """All of it but for what functions do behind their first statement, and for elements of lists."""
    for node in ast.walk(tree):
        if isinstance(node, ast.List):
            node.elts.clear()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "__init__":
            del node.body[1:]
    return ast.dump(tree, include_attributes=True)


FUNCTION = f'def f(a, b=1):\n    """Says."""\n{indented(BODY, 4)}\n\ndef g(): pass\n\nx = 1\n'
METHOD = (
    f'@wrap\nclass C(B):\n    """Says."""\n\n    @wrap\n    def f(self):\n{indented(BODY, 8)}'
    "\n    def g(self) -> int:\n        return 1\n\n    name: str = ''\n\ndef h():\n    pass\n"
)
TEXTS = {
    "a function": (FUNCTION, True),
    "several": (FUNCTION.replace("g", "f") * 2, True),
    "at the end": (f"import a\n\ndef f():\n{indented(BODY, 4)}", True),
    "without a newline": (f"def f():\n{indented(BODY, 4)}    return 1", True),
    "asynchronous": (
        f"async def f():\n    async with a:\n        await b\n{indented(BODY, 4)}    await c\n",
        True,
    ),
    "a method": (METHOD, True),
    "comments before bodies": (
        "".join(
            f"def f():\n    # {'-' * 70}\n\n    # more\n\n{indented(BODY[: 1 + n % 3], 4)}"
            for n in range(600)
        ),
        True,
    ),
    "functions under a condition": (
        f"if a:\n    def f():\n{indented(BODY, 8)}\n    def g():\n{indented(BODY, 8)}    x = 1\n"
        "elif b:\n    def g(): pass\nelse:\n    x = 2\n\ny = 1\n",
        True,
    ),
    "functions under its other branch": (
        f"if a:\n    b = 1\nelse:\n    def f():\n{indented(BODY, 8)}\n    c = 1\n\nif a:\n    pass\n",
        True,
    ),
    "functions under each branch": (
        f"if a:\n    def f():\n{indented(BODY, 8)}else:\n    def f():\n{indented(BODY, 8)}y = 1\n",
        True,
    ),
    "a method under a condition": (
        f"if a:\n{indented(METHOD.splitlines(), 4)}else:\n    C = None\n\ndef g(): pass\n",
        True,
    ),
    "a method of an inner class": (
        f"class A:\n    x = 1\n{indented(METHOD.splitlines(), 4)}    y = 2\n\ndef g(): pass\n",
        True,
    ),
    "its attributes": (METHOD.replace("def f", "def __init__").replace("value_", "self.value_"), True),
    "blocks and strings": (f"def f():\n{indented((ODD + BODY[:20]) * 60, 4)}", True),
    "deep blocks": (f"def f():\n    if a:\n{indented(BODY, 8)}", False),
    "one expression": (
        f"def f():\n    return [\n{indented([f'{one},' for one in range(6_000)], 8)}    ]\n",
        False,
    ),
    "no function": (indented(BODY, 0), False),
    "a class alone": (f"class C:\n{indented(BODY, 4)}", False),
    "two spaces": (f"def f():\n{indented(BODY, 2)}", False),
    "short": ("def f():\n    a = 1\n    return a\n", False),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_asked_of_a_tree_is_the_same(name: str) -> None:
    text, cut = TEXTS[name]
    tree, whole = lean.parse(text), ast.parse(text)
    statements = sum(isinstance(node, ast.stmt) for node in ast.walk(whole))
    kept = sum(isinstance(node, ast.stmt) for node in ast.walk(tree))
    if "__init__" in text:
        assert kept == statements, "attributes are looked for in all of it"
    else:
        assert (kept < statements) == cut
    assert asked(tree) == asked(whole)


@pytest.mark.parametrize("wrong", ["    ) = 1\n", "   x = 1\n", "    'open\n", "    else:\n        pass\n"])
@pytest.mark.parametrize("line", [1, 700, LINES])
def test_what_is_wrong_is_said_as_of_the_whole(wrong: str, line: int) -> None:
    lines = indented(BODY, 4).splitlines(keepends=True)
    text = f"def f():\n{''.join(lines[:line])}{wrong}{''.join(lines[line:])}"
    with pytest.raises(SyntaxError) as expected:
        ast.parse(text)
    with pytest.raises(SyntaxError) as found:
        lean.parse(text)
    assert (found.value.msg, found.value.lineno) == (expected.value.msg, expected.value.lineno)


@pytest.mark.parametrize("wrong", ["else:\n    pass\n", "elif b:\n    pass\n", "    else:\n        pass\n"])
@pytest.mark.parametrize("start", ["if a:\n    pass\nelse:\n", "class C:\n"])
def test_a_branch_of_nothing_is_wrong(start: str, wrong: str) -> None:
    text = f"{start}    def f():\n{indented(BODY, 8)}{wrong}"
    with pytest.raises(SyntaxError) as expected:
        ast.parse(text)
    with pytest.raises(SyntaxError) as found:
        lean.parse(text)
    assert (found.value.msg, found.value.lineno) == (expected.value.msg, expected.value.lineno)


def _peak(text: str) -> int:
    outline(text)  # what is loaded once
    tracemalloc.start()
    try:
        outline(text)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_tree_is_held_while_the_next_is_made() -> None:
    one = f"def f():\n    return g(\n{indented(['a + 1,'] * 4_000, 8)}    )\n\n\n"
    assert _peak(one * 4) < 1.5 * _peak(one)


def test_formulas_are_parsed_few_at_a_time() -> None:
    def text(count: int) -> str:
        formula = " + ".join(f"{number}*p**{number}*q" for number in range(300))
        return "class C:\n" + f"    @property\n    def f(self):\n        return {formula}\n\n" * count

    assert _peak(text(30)) < 2.5 * _peak(text(1))


def test_a_long_function_takes_no_more_than_a_piece() -> None:
    def text(count: int) -> str:
        return f"def f():\n{indented(['a = b + 1 + c'] * count, 4)}"

    assert _peak(text(12_000)) < 3 * _peak(text(1_200))
