"""Searching all projects of a home: what is read, what is read again, and what never enters the index."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from copilot.assembly.search_beside import BesideSearcher, Read
from copilot.assembly.searching import FILE, Searcher
from copilot.projects.catalog import archive
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new, path_of
from copilot.projects.shelving import Cut
from copilot.projects.store import Store
from copilot.record.search_words import snippet, terms_of
from copilot.record.tool_call_page import CallRecord, page
from copilot.vocabulary.codec import encode_event
from copilot.vocabulary.events import ProjectOpened, ToolCallRequested, ToolFinished
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Text, ToolCall, ToolResult
from copilot.vocabulary.search_values import SearchAsked, SearchHit, SearchKind
from copilot.vocabulary.values import Project

NOW = 1_766_000_000.0
KEY = "sk-ant-0123456789abcdefghij"


def message(name: str, parent: str | None, text: str, at: float = 0.0, role: str = "user") -> Message:
    assert role in ("user", "assistant")
    return Message(
        id=name,
        parent=parent,
        role="user" if role == "user" else "assistant",
        parts=(Text(text=text),),
        at=NOW + at,
        model="claude" if role == "assistant" else "",
    )


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Two projects: one with a branch that leaves the other, one with a call and its result."""
    home = Home(root=tmp_path / "home").make()
    (tmp_path / "work").mkdir()
    shop = Discussion(
        messages=(
            message("m1", None, "Why does the cart lose its Rabatt?", 1),
            message("m2", "m1", "Because `parseConfig` reads the wrong key.", 2, "assistant"),
            message("m3", "m2", "Then try a heffalump.", 3),
        ),
        branches=(Branch(name="main", tip="m2"), Branch(name="idea", tip="m3")),
    )
    calls = (
        replace(
            message("c1", None, "", 10, "assistant"),
            parts=(
                ToolCall(call_id="call-1", name="run_shell", arguments={"script": "pytest -q\necho done"}),
            ),
        ),
        Message(
            id="c2",
            parent="c1",
            role="tool",
            parts=(ToolResult(call_id="call-1", name="run_shell", output="3 passed, Größe stimmt"),),
            at=NOW + 11,
        ),
    )
    keep(home, tmp_path, "shop", shop)
    keep(home, tmp_path, "blog", Discussion(messages=calls, branches=(Branch(name="main", tip="c2"),)))
    return home


def keep(home: Home, tmp_path: Path, name: str, discussion: Discussion) -> None:
    project = new(home, name, tmp_path / "work") if not path_of(home, name).exists() else None
    if project is not None:
        path_of(home, name).write_text(dump(replace(project, discussion=discussion)))


@pytest.fixture
def searcher(home: Home) -> Iterator[Searcher]:
    made = Searcher(home, ())
    yield made
    made.close()


def find(
    searcher: Searcher, words: str, *, refresh: bool = True, **more: str | float | None
) -> tuple[SearchHit, ...]:
    if refresh:
        assert searcher.refresh() == ()
    found = searcher.find(replace(SearchAsked(words=words), **more))
    assert found.trouble == ""
    return found.hits


def places(hits: tuple[SearchHit, ...]) -> list[tuple[str, str, str]]:
    return [(hit.project, hit.branch, hit.message) for hit in hits]


def test_a_place_has_its_project_branch_message_time_and_line(searcher: Searcher) -> None:
    (hit,) = find(searcher, "heffalump")
    assert hit == SearchHit(
        kind="message",
        project="shop",
        branch="idea",
        message="m3",
        title="You",
        at=NOW + 3,
        snippet="Then try a heffalump.",
        lit=((11, 20),),
    )


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("CART rabatt", ["m1"]),
        ("config", ["m2"]),  # inside parseConfig
        ("parse_config", ["m2"]),
        ("parseconf", ["m2"]),
        ('"wrong key"', ["m2"]),
        ('"key wrong"', []),
        ("wrong -cart", ["m2"]),
        ("key -wrong", []),
        ("grosse", []),
        ("große", ["c2"]),
        ("grösse", []),
        ("pytest", ["c1"]),
        ("the", ["m3", "m2", "m1"]),
    ],
)
def test_words_are_found_by_their_beginnings(searcher: Searcher, words: str, found: list[str]) -> None:
    assert [hit.message for hit in find(searcher, words)] == found


def test_project_kind_time_and_limit_narrow_it(searcher: Searcher) -> None:
    assert find(searcher, "the", project="blog") == ()
    assert places(find(searcher, "run_shell OR pytest", kind="message")) == []
    assert places(find(searcher, "passed", kind="result", project="blog")) == [("blog", "main", "c2")]
    assert places(find(searcher, "the", since=NOW + 2.5)) == [("shop", "idea", "m3")]
    found = searcher.find(SearchAsked(words="the", limit=1))
    assert (places(found.hits), found.more) == ([("shop", "idea", "m3")], True)


@pytest.mark.parametrize(
    ("words", "text", "lit"),
    [
        ("cat", "concatenate the cats", ["cat"]),
        ('"cat"', "cats and a Cat", ["Cat"]),
        ("config", "See parseConfig and so on", ["Config"]),
        ('"b c"', "a b, c d", ["b, c"]),
        ("uber", "Über alles", ["Über"]),
        ("xylophone", "y " * 900 + "xylophone", ["xylophone"]),
    ],
)
def test_what_was_looked_for_stands_out_where_words_begin(words: str, text: str, lit: list[str]) -> None:
    line, spans = snippet(text, terms_of(words))
    assert [line[begin:end] for begin, end in spans] == lit
    assert len(line) < 200


@pytest.mark.parametrize(
    "words", ['"', "-", "--", "* AND (", 'body:"x" OR', "NEAR(a b)", "-word", "\x00", "'; --"]
)
def test_nothing_typed_is_read_as_a_language(searcher: Searcher, words: str) -> None:
    searcher.refresh()
    assert searcher.find(SearchAsked(words=words)).hits == ()


def test_writing_without_spaces_is_found_inside(home: Home, searcher: Searcher, tmp_path: Path) -> None:
    text = message("j1", None, "設定ファイルを読み込む")
    keep(home, tmp_path, "日本", Discussion(messages=(text,), branches=(Branch(name="main", tip="j1"),)))
    (hit,) = find(searcher, "ファイル")
    assert hit.snippet[slice(*hit.lit[0])] == "ファイル"


def test_what_an_open_project_keeps_is_found_at_once_and_nothing_else_is_read(
    home: Home, searcher: Searcher
) -> None:
    searcher.refresh()
    ids = iter(f"n{number}" for number in range(100))
    with Store.open(home, "shop", clock=lambda: NOW, new_id=lambda: next(ids)) as store:
        searcher.refresh()
        store.keep_message("idea", message("m4", "m3", "A woozle went by.", 4))
        (home.projects / "shop.toml").chmod(0)  # its journal alone is enough
        assert places(find(searcher, "woozle")) == [("shop", "idea", "m4")]
        store.keep_message("idea", replace(message("m4", "m3", "A wizzle went by.", 4)))
        store.keep_message("other", message("m5", "m2", "A backson, too.", 5))
        assert find(searcher, "woozle") == ()
        assert places(find(searcher, "went by")) == [("shop", "idea", "m4")]
        assert places(find(searcher, "backson")) == [("shop", "other", "m5")]
        (home.projects / "shop.toml").chmod(0o600)
        discussion = store.project.discussion
        renamed = tuple(
            replace(one, name="better") if one.name == "idea" else one for one in discussion.branches
        )
        store.change(replace(store.project, discussion=replace(discussion, branches=renamed)))
        assert places(find(searcher, "went by")) == [("shop", "better", "m4")]
    assert places(find(searcher, "went by")) == [("shop", "better", "m4")]


def test_what_is_gone_from_the_disk_is_gone_from_the_index(home: Home, searcher: Searcher) -> None:
    assert len(find(searcher, "rabatt")) == 1
    path = path_of(home, "shop")
    path.write_text(path.read_text().replace("Rabatt", "Nachlass"))
    assert find(searcher, "rabatt") == ()
    assert len(find(searcher, "nachlass")) == 1
    path.unlink()
    assert find(searcher, "nachlass") == ()


def test_a_project_that_was_put_away_is_found_as_such(home: Home, searcher: Searcher) -> None:
    archive(home, "shop")
    (hit,) = find(searcher, "heffalump", project="shop")
    assert (hit.project, hit.archived) == ("shop", True)


def log_call(home: Home, call: str, script: str, output: str) -> None:
    """The logs of a session on a project that is gone."""
    told = {"worker": "w", "turn_id": "t1", "branch": "left", "call_id": call, "name": "run_shell"}
    asked = ToolCallRequested(at=NOW, arguments={"script": script}, **told)
    ended = ToolFinished(at=NOW + 1, status="ok", output=output, seconds=0.1, **told)
    text = page(CallRecord(requested=asked, finished=ended), 1)
    (home.logs / "toolcalls_20261121_120000_abcd.log").write_text(f"# Tool calls\n\n{text}")
    opened = encode_event(ProjectOpened(at=NOW, worker="w", project=Project(name="gone", base_dir="/x")))
    line = json.dumps({"seq": 1, "at": NOW, "kind": "event", "event": opened}, separators=(",", ":"))
    (home.logs / "comms_20261121_120000_abcd.log").write_text(f"{line}\n")


def test_calls_of_a_discussion_that_is_gone_are_found_in_the_log(home: Home, searcher: Searcher) -> None:
    log_call(home, "call-9", "make heap\nmake hill", "## 7. a heading of its own\n```\nbuilt a jagular\n")
    (script,), (result,) = find(searcher, "hill"), find(searcher, "jagular")
    assert (script.kind, script.project, script.branch, script.title) == (
        "script",
        "gone",
        "left",
        "run_shell",
    )
    assert (result.kind, result.at, Path(result.path).name) == (
        "result",
        NOW,
        "toolcalls_20261121_120000_abcd.log",
    )


def test_a_log_that_grew_is_read_from_its_last_page_on(home: Home, searcher: Searcher) -> None:
    log_call(home, "call-9", "make heap", "a jagular")
    assert len(find(searcher, "jagular")) == 1
    told = {"worker": "w", "turn_id": "t2", "branch": "left", "call_id": "call-10", "name": "read_file"}
    asked = ToolCallRequested(at=NOW + 9, arguments={"path": "a.txt"}, **told)
    ended = ToolFinished(at=NOW + 9, status="ok", output="a backson", seconds=0.1, **told)
    log = home.logs / "toolcalls_20261121_120000_abcd.log"
    whole = log.read_text() + page(CallRecord(requested=asked, finished=ended), 2)
    log.write_text(whole.replace("a jagular", "no jagular"))  # the first page was the last one
    assert [hit.snippet for hit in find(searcher, "jagular", project="gone")] == ["no jagular"]
    assert [hit.title for hit in find(searcher, "backson", project="gone")] == ["read_file"]
    log.write_text(log.read_text().replace("no jagular", "my buzzard"))
    assert len(find(searcher, "jagular", project="gone")) == 1  # not the last one any more: it is not read
    log.write_text(whole[: whole.index("## 2.")])  # cut: read anew
    assert len(find(searcher, "jagular")) == 1
    assert find(searcher, "backson") == ()


def test_what_a_project_and_a_log_and_a_file_hold_is_found_once(home: Home, searcher: Searcher) -> None:
    log_call(home, "call-1", "pytest -q\necho done", "3 passed, Größe stimmt")
    (home.scripts / "20261121_120000_abcd_1.sh").write_text("pytest -q\necho done")
    (home.scripts / "20261121_120000_abcd_2.ps1").write_text("\ufeffpytest -x\necho edited")
    (home.scripts / "20261121_120000_abcd_2.stdout.txt").write_text("pytest was here")
    assert places(find(searcher, "passed")) == [("blog", "main", "c2")]
    hits = find(searcher, "pytest")
    assert {hit.message or Path(hit.path).name for hit in hits} == {"c1", "20261121_120000_abcd_2.ps1"}


def test_no_key_enters_the_index(home: Home, tmp_path: Path) -> None:
    told = message(
        "k1", None, f"The key is {KEY}, and another sk-ant-unknown0987654321zyxwvu. Secret pelican."
    )
    keep(home, tmp_path, "keys", Discussion(messages=(told,), branches=(Branch(name="main", tip="k1"),)))
    searcher = Searcher(home, (KEY,))
    assert find(searcher, "0123456789abcdefghij") == find(searcher, "unknown0987654321zyxwvu") == ()
    (hit,) = find(searcher, "pelican")
    assert "[redacted]" in hit.snippet
    searcher.close()
    assert not holds(home, KEY)


def test_a_key_that_is_held_later_is_taken_out_of_what_was_read_before(home: Home, tmp_path: Path) -> None:
    secret = "correcthorsebatterystaple"
    told = message("k1", None, f"The word is {secret}.")
    keep(home, tmp_path, "keys", Discussion(messages=(told,), branches=(Branch(name="main", tip="k1"),)))
    keys: list[str] = []
    searcher = Searcher(home, keys)
    assert len(find(searcher, secret)) == 1
    keys.append(secret)
    assert find(searcher, secret) == ()
    searcher.close()
    assert not holds(home, secret)


def holds(home: Home, secret: str) -> bool:
    """Whether a file of the index holds it, or a row that was packed."""
    raw = any(secret.encode() in path.read_bytes() for path in home.state.glob(f"{FILE}*"))
    with closing(sqlite3.connect(home.state / FILE)) as db:
        rows = db.execute("SELECT body FROM texts").fetchall()
    return raw or any(secret in str(body) for (body,) in rows)


def test_a_stop_loses_nothing_that_was_read(home: Home, tmp_path: Path) -> None:
    many = tuple(
        message(f"n{number}", f"n{number - 1}" if number else None, f"number {number} elephant", number)
        for number in range(1_200)
    )
    keep(home, tmp_path, "long", Discussion(messages=many, branches=(Branch(name="main", tip="n1199"),)))
    searcher, looks = Searcher(home, ()), iter([False] * 5 + [True] * 100)
    searcher.refresh(stopped=lambda: next(looks))
    before = len(find(searcher, "elephant", refresh=False, limit=5_000))
    assert 0 < before < 1_200
    assert len(find(searcher, "elephant", limit=5_000)) == 1_200
    searcher.close()


def spoil_bytes(path: Path) -> None:
    path.write_bytes(b"no database at all, but long enough to be looked at as one" * 100)


def spoil_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def spoil_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("DROP TABLE sources")


@pytest.mark.parametrize("spoil", [spoil_bytes, spoil_version])
def test_a_spoilt_or_newer_index_is_set_aside_and_made_anew(
    home: Home, spoil: Callable[[Path], None]
) -> None:
    first = Searcher(home, ())
    first.refresh()
    first.close()
    spoil(home.state / FILE)
    second = Searcher(home, ())
    (notice,) = second.refresh()
    assert notice.startswith("search.sqlite could not be used")
    assert (home.state / f"{FILE}.broken-1").exists()
    assert len(find(second, "heffalump")) == 1
    second.close()


def test_damage_inside_is_told_and_the_next_look_begins_anew(home: Home) -> None:
    searcher = Searcher(home, ())
    searcher.refresh()
    searcher.close()
    path = home.state / FILE
    data = bytearray(path.read_bytes())
    for at in range(4_096 * 4, len(data), 4_096):
        data[at : at + 200] = b"\xff" * 200
    path.write_bytes(data)
    searcher.find(SearchAsked(words="heffalump"))
    for _ in range(2):
        try:
            searcher.refresh()
        except Exception as error:  # any error but the one that is told is a failure below
            assert "search index" in str(error)  # noqa: PT017
    assert len(find(searcher, "heffalump")) == 1
    searcher.close()


def test_a_sqlite_without_fts5_is_named(home: Home) -> None:
    searcher = Searcher(home, (), module="fts99")
    assert "has no FTS5" in searcher.find(SearchAsked(words="x")).trouble


def test_a_project_that_cannot_be_read_is_named_and_the_others_are_found(home: Home) -> None:
    path_of(home, "blog").write_text("[files\n")
    searcher = Searcher(home, ())
    (notice,) = searcher.refresh()
    assert notice.startswith("project/blog could not be read")
    assert len(find_all(searcher, "heffalump")) == 1
    searcher.close()


def find_all(searcher: Searcher, words: str, kind: SearchKind | None = None) -> tuple[SearchHit, ...]:
    return searcher.find(SearchAsked(words=words, kind=kind)).hits


def test_one_program_writes_and_the_others_search_what_there_is(home: Home) -> None:
    first, second = Searcher(home, ()), Searcher(home, ())
    first.refresh()
    said: list[tuple[str, ...]] = []
    path_of(home, "shop").write_text(path_of(home, "shop").read_text().replace("heffalump", "woozle"))
    first.refresh(lambda _done, _of: said.append(second.refresh()) if not said else None)
    assert len(said[0]) == 1
    assert said[0][0].startswith("Another program")
    assert len(find_all(second, "woozle")) == 1
    first.close()
    second.close()


def test_a_window_has_it_read_by_another_process_and_may_stop_it(home: Home) -> None:
    searcher = BesideSearcher(home, (KEY,))
    told: list[tuple[int, int]] = []
    assert searcher.refresh(lambda done, of: told.append((done, of))) == Read()
    assert told[0][0] == 0 < told[0][1]
    assert len(searcher.find(SearchAsked(words="heffalump")).hits) == 1
    path_of(home, "shop").write_text(path_of(home, "shop").read_text().replace("heffalump", "woozle"))
    stopped = searcher.refresh(lambda _done, _of: searcher.stop())
    assert stopped in (Read(stopped=True), Read())  # it may have been done by then


def test_of_a_long_project_that_grew_older_files_are_not_read_again(home: Home, searcher: Searcher) -> None:
    cut = Cut(most_messages=4, left_messages=2, file_messages=3)

    def opened() -> Store:
        base = home.root.parent / "work"
        return Store.open(home, "long", clock=lambda: 0.0, new_id=lambda: "new", base_dir=base, cut=cut)

    with opened() as store:
        for at in range(1, 11):
            store.keep_message("main", message(f"m{at}", f"m{at - 1}" if at > 1 else None, f"gnu{at:02}"))
            store.flush()
    assert places(find(searcher, "gnu01")) == [("long", "main", "m1")]
    older = sorted((home.projects / "long_history").glob("*.jsonl"))
    (first,) = (path for path in older if b'"gnu01"' in path.read_bytes())
    whole = first.read_bytes()
    first.write_bytes(whole.replace(b"gnu01", b"emu01"))
    with opened() as store:
        for at in range(11, 21):
            store.keep_message("main", message(f"m{at}", f"m{at - 1}", f"gnu{at:02}"))
            store.flush()
    for at in (1, 5, 10, 11, 15, 20):
        assert places(find(searcher, f"gnu{at:02}")) == [("long", "main", f"m{at}")]
    first.write_bytes(whole)
    with opened() as store:
        back = replace(store.project.discussion, branches=(Branch(name="main", tip="m8"),))
        store.change(replace(store.project, discussion=back))
    assert find(searcher, "gnu09") == find(searcher, "gnu20") == ()
    assert places(find(searcher, "gnu08")) == [("long", "main", "m8")]
