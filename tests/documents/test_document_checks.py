"""Statements against code: what is wrong is found, what is right or cannot be known is left alone."""

from pathlib import Path

import pytest

from copilot.documents.checking import Checker
from copilot.documents.facts import Book, facts_of
from copilot.documents.prompts import file_text
from copilot.documents.reading import Where, read_sources
from copilot.documents.tidying import linked, marked, tidied
from copilot.rehearsal.asked import Asked
from copilot.rehearsal.describing import described
from copilot.rehearsal.scenario import DocumentRules

ROOT = Path(__file__).parent.parent.parent
PYTHON = '''\
"""Stores things."""

import threading
from typing import NamedTuple

from outside import Base

LIMIT: int = 40
NAMES = ("a", "b")
STATE = "kept"


class Store(threading.Thread):
    """A store."""

    size: int = 3

    def __init__(self, path: str, *, mode: str = "r") -> None:
        self.path = path
        open("data/things.json")

    def read(self, key: str, fallback: bytes | None = None) -> bytes:
        return b""

    class Inner:
        deep = 1


class Pair(NamedTuple):
    one: int
    two: int = 2


class Heir(Base):
    pass


def load(path: str, *names: str, strict: bool = False) -> "Store":
    return Store(path)


def each(keys: list[str], told: object = lambda one, two: (one, two), *, last: int = 1) -> None:
    return None
'''
TYPESCRIPT = """\
export const LIMIT = 5;
export function load(path: string, retries: number = 3): Promise<string> { return null }
export class Store { read(key: string): string { return key } }
"""
RUST = "pub const MAX: usize = 10;\npub fn go(name: &str, count: usize) -> bool { true }\n"
GO = "package a\nconst Max = 10\nfunc Load(path string, count int) error { return nil }\n"
C = "#define MAX 5\nint add(int left, char *right) { return 1; }\n"
FILES = {
    "app/store.py": PYTHON,
    "app/other.py": "def helper(x):\n    return x\n",
    "web/a.ts": TYPESCRIPT,
    "rust/a.rs": RUST,
    "go/a.go": GO,
    "c/a.c": C,
    "README.md": "# Words\n",
}


@pytest.fixture(scope="module")
def book() -> Book:
    return Book({path: facts_of(path, text) for path, text in FILES.items()})


def wrong(book: Book, path: str, text: str) -> list[str]:
    """What is found wrong in a text about a file, or about the folder `path/`."""
    if path.endswith("/") or not path:
        about = tuple(facts for name, facts in book.files.items() if name.startswith(path))
        found = Checker(book, about, path, "folder").wrong(text)
    else:
        found = Checker(book, (book.files[path],), path, "file").wrong(text)
    return [one.claim.text for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "- `load(path: str, *names: str, strict: bool = False) -> Store` opens.",
        "- `load(path, *names, strict=False)` opens.",
        "- `def load(path: str, *names: str, strict: bool=False) -> 'Store'`; `strict` defaults to `False`.",
        "- `load(…)` opens.",
        "- `each(keys: list[str], told: object = lambda one, two: (one, two), *, last: int = 1)` tells.",
        "- `load()` opens.",
        "- `Store(path, mode='r')` keeps, `Store.read` reads, `Store.start` begins (a thread's).",
        "- `class Store(threading.Thread)` keeps; its `size` is `3` by default.",
        "- `Store.read(key: str, fallback: Optional[bytes] = None) -> bytes` reads.",
        "- `read(self, key: str, fallback: bytes | None = None)` reads.",
        "- `LIMIT: int = 40` bounds. - `NAMES = ('a', 'b')`",
        "- `kept` is a state.\n- `NamedTuple` is what `Pair` is.",
        "- `Pair` has `Pair.one`, `Pair.two` and `Pair.count`.",
        "- `Heir` may well have `Heir.anything`.",
        "- `Store.Inner` has `Store.Inner.deep`, or `Inner.deep`.",
        "It calls `helper(x)` of `other.py` (`app/other.py`, `app/`, `other`), and `data/things.json`.",
        "Call `load(name, strict=True)` with `git`, `HEAD~1`, `--all`, `a.b c` or `x + y`.",
        "`self.path` holds it, `store.read(key)` reads, `app.store.Store` is its name.",
        "```\n`no_such_thing` = 3\n```\n`no_such` *[unverified: there is no no\\_such]* is marked already.",
    ],
)
def test_what_is_right_is_left_alone(book: Book, text: str) -> None:
    assert wrong(book, "app/store.py", text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- `save(path)` saves.", "save(path)"),
        ("- `helper(x)` is of another file.", "helper(x)"),
        ("- `load(path: str, *names: str) -> Store` opens.", "load(path: str, *names: str) -> Store"),
        ("- `load(file, *names, strict=False)` opens.", "load(file, *names, strict=False)"),
        ("- `load(path, *names, strict=True)` opens.", "load(path, *names, strict=True)"),
        ("- `load(path: bytes, *names, strict=False)` opens.", "load(path: bytes, *names, strict=False)"),
        ("- `load(path, *names, strict=False) -> bytes` opens.", "load(path, *names, strict=False) -> bytes"),
        ("- `load(*names, path, strict=False)` opens.", "load(*names, path, strict=False)"),
        ("- `load(path, *names, strict=False)` opens. `strict` defaults to `True`.", "True"),
        ("- `Store(path, mode)` keeps (the default of `mode` is `'w'`).", "'w'"),
        ("- `Store.read(key)` reads.", "Store.read(key)"),
        ("- `Store.write(key)` writes.", "Store.write(key)"),
        ("- `class Store(Heir)` keeps.", "class Store(Heir)"),
        ("- `LIMIT = 41` bounds.", "LIMIT = 41"),
        ("It is `LIMIT = 41` at most.", "LIMIT = 41"),
        ("It keeps what `Store.write` is given.", "Store.write"),
        ("It has `Pair.three`.", "Pair.three"),
        ("It keeps with `flush_all` what `storeAll` has.", "flush_all"),
        ("See `app/missing.py`.", "app/missing.py"),
        ("See `things.toml`.", "things.toml"),
        ("It goes through `other.missing_one`.", "other.missing_one"),
    ],
)
def test_what_is_wrong_is_found(book: Book, text: str, found: str) -> None:
    assert found in wrong(book, "app/store.py", text)


@pytest.mark.parametrize(
    ("path", "right", "lie"),
    [
        ("web/a.ts", "load(path: string, retries: number = 3)", "load(path: string, tries: number = 3)"),
        ("web/a.ts", "Store.read(key: string): string", "Store.read(key: number): string"),
        ("web/a.ts", "export const LIMIT = 5", "export const LIMIT = 6"),
        ("rust/a.rs", "pub fn go(name: &str, count: usize) -> bool", "pub fn go(name: &str) -> bool"),
        ("rust/a.rs", "MAX: usize = 10", "MAX: usize = 11"),
        ("go/a.go", "func Load(path string, count int) error", "func Load(path string, number int) error"),
        ("go/a.go", "Load", "Unload"),
        ("c/a.c", "int add(int left, char *right)", "int add(int left, int right)"),
    ],
)  # fmt: skip
def test_other_languages_by_their_grammars(book: Book, path: str, right: str, lie: str) -> None:
    assert wrong(book, path, f"- `{right}` does it.") == []
    assert wrong(book, path, f"- `{lie}` does it.") == [lie]


def test_a_folder_is_held_to_what_is_in_it(book: Book) -> None:
    assert wrong(book, "app/", "Begin at `Store` in `store.py`; `helper` serves `Store.read`.") == []
    assert wrong(book, "", "`Stows` in `web/b.ts` uses `Store.writes`.") == [
        "Stows",
        "web/b.ts",
        "Store.writes",
    ]


def test_planted_statements_are_caught_and_right_ones_are_not_marked() -> None:
    """Of this program's own tools, storage and tokens; bench/document_claims.py does it at length."""
    patterns = tuple(f"src/copilot/{room}/*.py" for room in ("storage", "tokens", "tools"))
    reading = read_sources(
        Where(base_dir=ROOT, patterns=patterns), lambda: False, progress=lambda _d, _o: None
    )
    book = Book({source.path: source.facts for source in reading.sources})
    planted = caught = 0
    marked_wrongly: list[str] = []
    for source in reading.sources:
        text = file_text(source.path, source.told, outlined=False)
        asked = Asked(
            protocol="anthropic", model="", text=text, results=(), offered=(), round=1, stream=True,
            show_thinking=False, prefix="", blocks=(),
        )  # fmt: skip
        told = described(asked, DocumentRules(wrong=0.4, seed=7, stubborn=True))
        assert told is not None
        lies = [lie.text for lie in told[1]]
        found = [
            one.claim.text
            for one in Checker(book, (source.facts,), source.path, "file").wrong(tidied(told[0]))
        ]
        planted += len(lies)
        caught += sum(lie in found for lie in lies)
        marked_wrongly += [text for text in found if text not in lies]
    assert planted > 100
    assert caught >= 0.98 * planted
    assert marked_wrongly == []


def test_nothing_of_what_a_model_writes_is_active() -> None:
    answer = (
        "# Head\n\n<script>alert(1)</script> ![x](http://evil/p.png?q) [see](javascript:1) `[a](b)`\n\n\n\n"
        "<!-- copilot:end -->\n[ref]: http://evil\nTitle\n===\n`<!-- copilot:begin . 0 0 -->`\n"
    )
    tidy = tidied(answer)
    assert tidy == (
        "**Head**\n\n&lt;script>alert(1)&lt;/script> x see `[a](b)`\n\n&lt;!-- copilot:end -->\nTitle\n\n"
        "`&lt;!-- copilot:begin . 0 0 -->`"
    )
    assert tidied("```markdown\nWords.\n```") == "Words."


def test_marks_and_links_stand_at_their_places(book: Book) -> None:
    text = "Uses `load` and `Store.write`."
    found = Checker(book, (book.files["app/store.py"],), "app/store.py", "file").wrong(text)
    said = marked(text, found)
    assert said == "Uses `load` and `Store.write` *[unverified: Store has no write]*."
    assert linked(said, lambda name: f"a.py#L1-{name}") == (
        "Uses [`load`](a.py#L1-load) and `Store.write` *[unverified: Store has no write]*."
    )
