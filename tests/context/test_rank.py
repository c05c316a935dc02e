"""The order of the chosen files: what a message names, what changed lately, what is referenced."""

import ast
import re
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.context.ranking.budget import fit
from copilot.context.ranking.rank import (
    MOST_RECENT,
    RECENT_NS,
    TOGETHER_NS,
    Candidate,
    Ranked,
    ranked,
    recently_changed,
)
from copilot.vocabulary.values import STANDINGS, Standing, View

HOUR = 3_600 * 1_000_000_000


def file(
    path: str, defines: str = "", imports: str = "", words: str = "", *, pinned: bool = False, hours: int = 0
) -> Candidate:
    """`hours` is when it changed."""
    return Candidate(
        path=path,
        pinned=pinned,
        mtime_ns=hours * HOUR,
        defines=tuple(defines.split()),
        imports=tuple(imports.split()),
        words=frozenset(words.split()),
    )


SHOP = (
    file("README.md", words="Cart the"),
    file("docs/notes.md"),
    file("pyproject.toml", pinned=True),
    file("shop/__init__.py"),
    file("shop/cart.py", "Cart add_item total", ".price"),
    file("shop/mail.py", "Mail send", hours=100),
    file("shop/price.py", "Price rounded", ".tax"),
    file("shop/tax.py", "Vat"),
    file("tests/test_cart.py", "", "shop.cart", "Cart add_item"),
    file("tests/test_mail.py", "", "shop.mail", "Mail send"),
    file("tools/run.py", "", "", ""),
)


def order(files: tuple[Candidate, ...], message: str = "", by: tuple[Standing, ...] = STANDINGS) -> list[str]:
    return [one.path for one in ranked(files, message, by)]


def named(files: tuple[Candidate, ...], message: str) -> dict[str, str]:
    """What the message names, with the words that do, in order."""
    found = [one for one in ranked(files, message, STANDINGS) if one.standing == "named"]
    return {one.path: one.reason.removeprefix("named in the message (").removesuffix(")") for one in found}


def test_the_whole_order_of_a_small_project() -> None:
    found = ranked(SHOP, "Why is the Price wrong?", STANDINGS)
    assert [(one.path, one.standing, one.reason) for one in found] == [
        ("pyproject.toml", "pinned", "pinned"),
        ("shop/price.py", "named", "named in the message (Price)"),
        ("shop/mail.py", "recent", "changed lately"),
        ("shop/tax.py", "referenced", "used by 1 chosen file: shop/price.py"),
        ("shop/cart.py", "referenced", "used by 2 chosen files: tests/test_cart.py, README.md"),
        ("tests/test_mail.py", "rest", ""),
        ("README.md", "rest", ""),
        ("tests/test_cart.py", "rest", ""),
        ("docs/notes.md", "rest", ""),
        ("shop/__init__.py", "rest", ""),
        ("tools/run.py", "rest", ""),
    ]


def test_a_person_may_order_the_standings_otherwise() -> None:
    assert order(SHOP, "Price", ("recent", "named"))[:3] == [
        "shop/mail.py",
        "shop/price.py",
        "pyproject.toml",
    ]
    first = ranked(SHOP, "Price", ("referenced",))
    assert {one.path for one in first[:4]} == {"shop/price.py", "shop/mail.py", "shop/tax.py", "shop/cart.py"}
    assert {one.standing for one in first[:4]} == {"referenced"}
    assert order(SHOP, "Price", ("rest",))[0] == "tests/test_mail.py"


def test_nothing_chosen_nothing_ranked() -> None:
    assert ranked((), "Price", STANDINGS) == ()


def test_long_lists_of_users_are_cut() -> None:
    users = tuple(file(f"{name}.py", "", "cart") for name in "abcd")
    found = ranked((file("cart.py"), *users), "", STANDINGS)
    assert found[0].reason == "used by 4 chosen files: a.py, b.py, c.py, …"


MANY = tuple(file(f"pkg{number}/common.py", "shared") for number in range(6))
PLACES = (
    file("src/cart.py", "Cart checkout add_item"),
    file("old/src/cart.py", "OldCart"),
    file("src/parser.py", "parse read"),
    file("src/pages/[id].tsx", "Page"),
    file("docs/read me.md"),
    file("docs/größe.md"),
    file("Makefile"),
    file("src/sales_tax.py"),
    file("web/+page.svelte"),
    file("web/index.ts"),
    file("pkg/__init__.py"),
    *MANY,
)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("see src/cart.py.", {"src/cart.py": "src/cart.py"}),
        ("see old/src/cart.py:12", {"old/src/cart.py": "old/src/cart.py"}),
        ("see ./src/parser.py", {"src/parser.py": "./src/parser.py"}),
        ("see @src/parser.py", {"src/parser.py": "@src/parser.py"}),
        ('File "/home/me/shop/src/parser.py", line 3', {"src/parser.py": "/home/me/shop/src/parser.py"}),
        (r"C:\work\src\parser.py(3)", {"src/parser.py": r"\work\src\parser.py"}),
        ("[here](src/parser.py)", {"src/parser.py": "src/parser.py"}),
        ("cart.py", {"old/src/cart.py": "cart.py", "src/cart.py": "cart.py"}),
        ("CART.PY", {"old/src/cart.py": "CART.PY", "src/cart.py": "CART.PY"}),
        ("shopping_cart.py, my-cart.py, other/cart.py.bak", {}),
        (
            "the parser/cart split",
            {"src/parser.py": "parser", "src/cart.py": "cart", "old/src/cart.py": "cart"},
        ),
        ("the parser is slow", {"src/parser.py": "parser"}),
        ("src.parser fails", {"src/parser.py": "src.parser"}),
        ("src.parser.parse fails", {"src/parser.py": "src.parser.parse"}),
        ("src/parser fails", {"src/parser.py": "src/parser"}),
        ("请看parser.py的错误", {"src/parser.py": "parser.py"}),
        ("the Makefile", {"Makefile": "Makefile"}),
        ("pages/[id].tsx", {"src/pages/[id].tsx": "[id].tsx"}),
        ("see docs/read me.md", {"docs/read me.md": "read me.md"}),
        ("größe.md", {"docs/größe.md": "größe.md"}),
        ("+page.svelte", {"web/+page.svelte": "+page.svelte"}),
        ("OldCart is unused", {"old/src/cart.py": "OldCart"}),
        ("add_item", {"src/cart.py": "add_item"}),
        ("call `checkout` twice", {"src/cart.py": "checkout"}),
        ("call checkout() twice", {"src/cart.py": "checkout"}),
        ("请checkout()两次", {"src/cart.py": "checkout"}),
        ("cart.checkout", {"src/cart.py": "checkout", "old/src/cart.py": "cart"}),
        ("proceed to checkout, please read this", {}),
        ("common.py and shared()", {}),
        ("pkg3/common.py", {"pkg3/common.py": "pkg3/common.py"}),
        ("the ReadMe panel", {}),
        ("SalesTax is wrong, sales-tax too", {"src/sales_tax.py": "SalesTax"}),
        ("Page", {"src/pages/[id].tsx": "Page"}),
        ("the web of pkg", {}),
        ("", {}),
        ("...  / // \\ . .. `` ()", {}),
    ],
)
def test_what_a_message_names(message: str, expected: dict[str, str]) -> None:
    assert named(PLACES, message) == expected


@pytest.mark.parametrize(
    "piece", ["x", "`", ".", "/", "a/", "a.", "\\", "(", "a(", "::", "größe", "cart.py ", "\n"]
)
def test_a_long_message_of_anything_takes_no_time_to_speak_of(piece: str) -> None:
    """Work beyond proportional to its length would run into the test's time limit."""
    found = named(PLACES, piece * 200_000 + " see src/parser.py")
    assert found["src/parser.py"].endswith("src/parser.py")


def test_the_surest_sign_comes_first() -> None:
    files = (file("a/parser.py"), file("b/tree.py", "TreeNode"), file("c/leaf.py"), file("d/root.py"))
    found = named(files, "parser, TreeNode, leaf.py, d/root.py")
    assert list(found) == ["d/root.py", "c/leaf.py", "b/tree.py", "a/parser.py"]


DAY = [1_000 * HOUR] * 95 + [2_000 * HOUR + number * TOGETHER_NS * 2 for number in range(5)]


def test_the_latest_changes_are_recent() -> None:
    assert recently_changed(DAY) == {95, 96, 97, 98, 99}


def test_a_fresh_checkout_has_no_recent_files_but_what_was_edited_after_it_is() -> None:
    fresh = [1_000 * HOUR + number for number in range(100)]
    assert recently_changed(fresh) == frozenset()
    assert recently_changed([0] * 100) == frozenset()
    assert recently_changed([*fresh, 1_001 * HOUR, 1_002 * HOUR]) == {100, 101}


def test_recent_is_measured_from_the_newest_file() -> None:
    times = [0] * 100
    times[7], times[8], times[9] = 5_000 * HOUR, 5_000 * HOUR - RECENT_NS + 1, 5_000 * HOUR - RECENT_NS
    assert recently_changed(times) == {7, 8}


def test_at_most_a_tenth_and_at_most_fifty_are_recent() -> None:
    spread = [number * 2 * TOGETHER_NS for number in range(700)]
    assert len(recently_changed(spread[:100])) == 10
    assert recently_changed(spread) == set(range(700 - MOST_RECENT, 700))


def test_of_few_files_one_may_be_recent_and_a_single_one_is_not() -> None:
    assert recently_changed([5 * HOUR, 0, 0]) == {0}
    assert recently_changed([5 * HOUR]) == frozenset()
    assert recently_changed([]) == frozenset()


names = st.sampled_from(["Cart", "add_item", "total", "read", "Price", "x"])
some_files = st.lists(
    st.builds(
        Candidate,
        path=st.sampled_from([f"{folder}{stem}.{suffix}" for folder in ("", "a/", "a/b/") for stem in
                              ("cart", "price", "__init__") for suffix in ("py", "ts", "md")]),
        pinned=st.booleans(),
        mtime_ns=st.integers(0, 5).map(lambda hours: hours * 10 * HOUR),
        defines=st.lists(names, max_size=3).map(tuple),
        imports=st.lists(
            st.sampled_from([".cart", "a.price", "./cart", "../price", ".", "os"]), max_size=3
        ).map(tuple),
        words=st.frozensets(names, max_size=4),
    ),
    unique_by=lambda one: one.path,
    max_size=12,
)  # fmt: skip
messages = st.lists(
    st.sampled_from(["Cart", "add_item", "cart.py", "a/price.ts", "`read`", "price", "or"]), max_size=4
).map(" ".join)
orders = st.lists(st.sampled_from(STANDINGS), max_size=6).map(tuple)


@given(some_files, messages, orders, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_how_the_files_come(
    files: list[Candidate], message: str, by: tuple[Standing, ...], random: st.random_module
) -> None:
    found = ranked(files, message, by)
    shuffled = list(files)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ranked(shuffled, message, by) == found
    assert sorted(one.path for one in found) == sorted(one.path for one in files)
    places = list(dict.fromkeys((*by, *STANDINGS)))
    assert [one.standing for one in found] == sorted((one.standing for one in found), key=places.index)
    assert all(bool(one.reason) == (one.standing != "rest") for one in found)


@given(some_files, messages)
def test_a_pin_puts_a_file_first(files: list[Candidate], message: str) -> None:
    alone = [replace(one, pinned=number == 0) for number, one in enumerate(files)]
    for one in alone[:1]:
        assert ranked(alone, message, STANDINGS)[0].path == one.path


def read_package(name: str) -> tuple[Candidate, ...]:
    """A package of this environment as candidates."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    root = Path(spec.submodule_search_locations[0])
    return tuple(
        read_module(f"{name}/{path.relative_to(root).as_posix()}", path) for path in root.rglob("*.py")
    )


def read_module(shown: str, path: Path) -> Candidate:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    scopes = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    defines = [
        node.name
        for scope in scopes
        for node in scope.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
    ]
    imports: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imports += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            imports.append("." * node.level + (node.module or ""))
    return Candidate(
        path=shown,
        pinned=False,
        mtime_ns=0,
        defines=tuple(defines),
        imports=tuple(imports),
        words=frozenset(re.findall(r"[^\W\d]\w*", text)),
    )


def test_in_a_real_package_a_class_brings_its_file_and_what_that_uses_to_the_front() -> None:
    rich = read_package("rich")
    assert len(rich) > 50
    found = ranked(rich, "ProgressBar shows the wrong width, why?", STANDINGS)
    assert found[0].path == "rich/progress_bar.py"
    assert found[0].reason == "named in the message (ProgressBar)"
    used = {
        f"rich/{name}.py"
        for name in ("color", "color_triplet", "console", "jupyter", "measure", "segment", "style")
    }
    front = {one.path for one in found[1:16]}
    assert used <= front
    placed = fit([(one, "full") for one in found], cost_of, 100_000.0)
    views: dict[str, View] = {one.path: one.view for one in placed}
    assert views["rich/progress_bar.py"] == "full"
    assert {views[path] for path in used} == {"summary"}


def cost_of(path: str, view: View) -> float:
    sizes: dict[View, float] = {"full": 10_000.0, "summary": 2_000.0, "names": 200.0, "off": 0.0}
    return sizes[view]


def test_a_ranked_file_says_its_score() -> None:
    found = ranked((file("a.py", "", "b"), file("b.py")), "", STANDINGS)
    assert found == (
        Ranked(path="b.py", standing="referenced", score=pytest.approx(1.85 / 2.85, abs=1e-4),
               reason="used by 1 chosen file: a.py"),
        Ranked(path="a.py", standing="rest", score=pytest.approx(1.85 / 2.85, abs=1e-4), reason=""),
    )  # fmt: skip
