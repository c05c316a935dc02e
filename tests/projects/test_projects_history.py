"""Older messages in files of their own: nobody sees a difference, whatever is done and whatever is broken."""

import json
import tomllib
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_strategies import discussions

from copilot.projects import catalog, project_file, project_manager
from copilot.projects.branching import deleted, edited, forked
from copilot.projects.exchange import Exchanged, from_json_bytes, to_json_bytes
from copilot.projects.history import History
from copilot.projects.history_file import HistoryFile
from copilot.projects.home import Home
from copilot.projects.peeking import peek
from copilot.projects.shelving import Cut
from copilot.projects.store import Store
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.shelved import Shelved
from copilot.vocabulary.values import Project

SMALL = Cut(
    most_messages=6, most_bytes=10**6, left_messages=3, left_bytes=10**6, file_messages=4, file_bytes=10**6
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(root=tmp_path / "home").make()


def opened(home: Home, name: str = "demo", cut: Cut = SMALL) -> Store:
    numbers = count(1)
    new = name not in project_manager.list_projects(home)
    return Store.open(
        home,
        name,
        clock=lambda: 0.0,
        new_id=lambda: f"new-{next(numbers)}",
        base_dir=home.root if new else None,
        cut=cut,
    )


def said(number: int, parent: int | None = None, text: str = "") -> Message:
    """Message `m<number>` behind the one before it, or behind another."""
    before = number - 1 if parent is None else parent
    return Message(
        id=f"m{number}",
        parent=f"m{before}" if before else None,
        role="user",
        parts=(Text(text=text or f"words {number}"),),
        at=float(number),
    )


def grown(home: Home, number: int = 20, name: str = "demo") -> tuple[Message, ...]:
    """A project with so many messages on its branch, saved behind each; the messages."""
    messages = tuple(said(at) for at in range(1, number + 1))
    with opened(home, name) as store:
        for message in messages:
            store.keep_message("main", message)
            store.flush()
    return messages


def files(home: Home, name: str = "demo") -> list[Path]:
    return sorted((home.projects / f"{name}_history").glob("*.jsonl"))


def ordered(home: Home, name: str = "demo") -> list[Path]:
    """The history files in the order in which the project names them."""
    told = tomllib.loads((home.projects / f"{name}.toml").read_text())
    return [home.projects / f"{name}_history" / one["file"] for one in told["history"]["files"]]


def test_older_messages_move_out_and_nobody_sees_it(home: Home) -> None:
    messages = grown(home)
    told = tomllib.loads((home.projects / "demo.toml").read_text())
    assert told["schema_version"] == 2
    left = len(told["discussion"]["messages"])
    assert left <= SMALL.most_messages
    assert sum(one["messages"] for one in told["history"]["files"]) + left == 20
    with opened(home) as store:
        discussion = store.project.discussion
        assert discussion.messages == messages
        assert discussion.path("main") == messages
        assert store.notices == ()
        assert isinstance(discussion.messages[0], Shelved)
    lines = b"".join(path.read_bytes() for path in ordered(home)).splitlines()
    assert [json.loads(line)["parts"][0]["text"] for line in lines] == [
        f"words {n}" for n in range(1, 21 - left)
    ]


def test_a_small_project_stays_one_file_that_older_versions_read(home: Home) -> None:
    grown(home, 6)
    assert tomllib.loads((home.projects / "demo.toml").read_text())["schema_version"] == 1
    assert not (home.projects / "demo_history").exists()


def test_a_large_file_of_an_older_version_is_taken_apart_at_its_first_opening(home: Home) -> None:
    messages = tuple(said(at) for at in range(1, 21))
    discussion = Discussion(messages=messages, branches=(Branch(name="main", tip="m20"),))
    project = Project(name="demo", base_dir=str(home.root), discussion=discussion)
    path = home.projects / "demo.toml"
    path.write_text(project_manager.dump(project))
    with opened(home) as store:
        assert store.project.discussion.messages == messages
        assert len(files(home)) == 5
    assert peek(path).project.discussion.messages == messages


def test_a_save_touches_no_older_file(home: Home) -> None:
    grown(home)
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files(home)}
    with opened(home) as store:
        for at in range(21, 40):
            store.keep_message("main", said(at))
            store.flush()
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files(home)}
    assert before.items() < after.items()


def test_large_messages_move_out_by_their_size(home: Home) -> None:
    cut = replace(SMALL, most_messages=1_000, most_bytes=2_000, left_bytes=500)
    with opened(home, cut=cut) as store:
        for at in range(1, 11):
            store.keep_message("main", said(at, text="large " * 100))
            store.flush()
    assert (home.projects / "demo.toml").stat().st_size < 4_000
    with opened(home, cut=cut) as store:
        assert [message.text for message in store.project.discussion.path("main")] == ["large " * 100] * 10


def test_a_large_prompt_moves_no_message_out(home: Home) -> None:
    cut = replace(SMALL, most_messages=1_000, most_bytes=20_000, left_bytes=500)
    with opened(home, cut=cut) as store:
        store.change(replace(store.project, system_prompt="long " * 10_000))
        for at in range(1, 11):
            store.keep_message("main", said(at))
            store.flush()
    assert files(home) == []


@settings(max_examples=25, deadline=None)
@given(discussion=discussions(), most=st.integers(0, 3), each=st.integers(1, 3))
def test_any_discussion_comes_back(
    tmp_path_factory: pytest.TempPathFactory, discussion: Discussion, most: int, each: int
) -> None:
    home = Home(root=tmp_path_factory.mktemp("any")).make()
    cut = Cut(most_messages=most, left_messages=1, file_messages=each)
    project = Project(name="demo", base_dir=str(home.root), discussion=discussion)
    (home.projects / "demo.toml").write_text(project_manager.dump(project), encoding="utf-8", newline="")
    with opened(home, cut=cut) as store:
        before = store.project
    with opened(home, cut=cut) as store:
        assert store.project == before
        assert store.notices == ()
    plain = project_manager.dump(before)
    assert project_file.read(plain.encode(), "demo").project == before


def test_branches_share_files_and_what_is_left_on_none_goes(home: Home) -> None:
    grown(home)
    names = count(1)
    with opened(home) as store:
        one = forked(store.project.discussion, "other", "m4")
        store.change(replace(store.project, discussion=one))
        store.keep_message("other", said(100, parent=4))
        two = edited(store.project.discussion, "main", "m10", "other words", lambda: f"e{next(names)}")
        store.change(replace(store.project, discussion=two), two.messages[21:])
    with opened(home) as store:
        discussion = store.project.discussion
        assert [message.id for message in discussion.path("other")] == ["m1", "m2", "m3", "m4", "m100"]
        assert [message.text for message in discussion.path("main")][8:] == [
            "words 9", "other words", *(f"words {at}" for at in range(11, 21)),
        ]  # fmt: skip
        assert {f"m{at}" for at in range(10, 21)}.isdisjoint(message.id for message in discussion.messages)
        three = deleted(discussion, "main")
        store.change(replace(store.project, discussion=three))
    with opened(home) as store:
        assert [message.id for message in store.project.discussion.messages] == [
            "m1",
            "m2",
            "m3",
            "m4",
            "m100",
        ]
        assert store.notices == ()
    assert sorted(ordered(home)) == files(home)


def test_no_history_leaves_no_folder(home: Home) -> None:
    grown(home)
    with opened(home) as store:
        new = forked(store.project.discussion, "new", None)
        store.change(replace(store.project, discussion=deleted(new, "main")))
    with opened(home) as store:
        assert store.project.discussion.messages == ()
    assert not (home.projects / "demo_history").exists()


def broken_at(path: Path, change: Callable[[bytes], bytes]) -> None:
    path.write_bytes(change(path.read_bytes()))


def test_a_damaged_message_says_so_and_the_rest_is_there(home: Home) -> None:
    grown(home)
    path = ordered(home)[0]
    broken_at(path, lambda data: data.replace(b"words 2", b"w0rds 2"))
    damaged = path.read_bytes()
    with opened(home) as store:
        texts = [message.text for message in store.project.discussion.path("main")]
        assert texts[1] == f"[This message cannot be read any more: line 2 of {path} is damaged.]"
        assert texts[:1] + texts[2:] == [f"words {at}" for at in range(1, 21) if at != 2]
        store.keep_message("main", said(21))
    assert path.read_bytes() == damaged


@pytest.mark.parametrize("which", [0, 1, 3])
def test_a_file_that_is_gone_leaves_a_place_and_comes_back(home: Home, which: int) -> None:
    messages = grown(home)
    path = ordered(home)[which]
    index = path.with_suffix(".index")
    away = [(one, one.read_bytes()) for one in (path, index)]
    gone = [json.loads(line)["id"] for line in away[0][1].splitlines()]
    path.unlink()
    index.unlink()
    with opened(home) as store:
        (notice,) = store.notices
        assert path.name in notice
        assert "Put the file back" in notice
        found = store.project.discussion.path("main")
        assert [message.id for message in found if message.text.startswith("words")] == [
            message.id for message in messages if message.id not in gone
        ]
        stand_in = next(message for message in found if not message.text.startswith("words"))
        assert stand_in.id == gone[-1]
        assert "cannot be read" in stand_in.text
        for at in range(21, 30):
            store.keep_message("main", said(at))
            store.flush()
    for one, data in away:
        one.write_bytes(data)
    with opened(home) as store:
        assert [message.text for message in store.project.discussion.path("main")] == [
            f"words {at}" for at in range(1, 30)
        ]
        assert store.notices == ()


def test_messages_without_their_file_are_told_one_by_one(home: Home) -> None:
    """The index alone still knows which there were."""
    grown(home)
    path = ordered(home)[1]
    path.unlink()
    with opened(home) as store:
        assert path.name in store.notices[0]
        texts = [message.text for message in store.project.discussion.path("main")]
    assert len(texts) == 20
    assert sum(text.startswith("[This message cannot be read") for text in texts) == 4


@pytest.mark.parametrize(
    "change", [lambda _: b"", lambda data: data[:-9], lambda data: data.replace(b"m1", b"m7")]
)
def test_a_damaged_index_is_made_anew(home: Home, change: Callable[[bytes], bytes]) -> None:
    messages = grown(home)
    path = ordered(home)[0].with_suffix(".index")
    whole = path.read_bytes()
    broken_at(path, change)
    with opened(home) as store:
        assert store.project.discussion.messages == messages
        assert store.notices == ()
    assert path.read_bytes() == whole


def test_a_file_that_nobody_names_is_set_aside_unless_it_says_nothing_new(home: Home) -> None:
    """What a kill between a history file and the project file leaves repeats what the project has."""
    grown(home)
    with opened(home, "other") as store:
        for at in range(1, 21):
            store.keep_message("main", said(at, text=f"other words {at}"))
    stray, folder = ordered(home, "other")[0], ordered(home)[0].parent
    (folder / stray.name).write_bytes(stray.read_bytes())
    repeated = b"".join(path.read_bytes() for path in ordered(home)[:2])
    (folder / f"{'0' * 64}.jsonl").write_bytes(repeated)
    with opened(home) as store:
        (notice,) = store.notices
    assert f"{stray.name}.left-1" in notice
    assert (folder / f"{stray.name}.left-1").read_bytes() == stray.read_bytes()
    assert files(home) == sorted(ordered(home))


def test_a_file_that_a_version_set_aside_names_stays(home: Home) -> None:
    grown(home)
    named = ordered(home)
    path = home.projects / "demo.toml"
    path.with_name("demo.toml.changed-1").write_bytes(path.read_bytes())
    with opened(home) as store:
        new = forked(store.project.discussion, "new", None)
        store.change(replace(store.project, discussion=deleted(new, "main")))
    with opened(home) as store:
        assert store.notices == ()
    assert all(path.exists() for path in named)


def test_a_broken_project_file_takes_no_history_with_it(home: Home) -> None:
    messages = grown(home)
    path = home.projects / "demo.toml"
    good = path.read_bytes()
    path.write_bytes(good + b"\n[broken")
    with opened(home) as store:
        assert store.project.discussion.messages == ()
        store.keep_message("main", said(1))
    path.write_bytes(good)
    with opened(home) as store:
        assert store.project.discussion.messages == messages


@pytest.mark.parametrize("name", ["../../secret.jsonl", "/etc/passwd", "a.jsonl", f"{'a' * 64}.json"])
def test_a_project_file_names_no_file_elsewhere(home: Home, name: str) -> None:
    named = f'[history]\nfiles = [{{ file = "{name}", messages = 1, last = "m" }}]\n'
    text = f'schema_version = 2\n[files]\nbase_dir = "/"\n{named}'
    with pytest.raises(ProjectError, match="no name of a history file"):
        project_file.read(text.encode(), "demo", folder=home.projects)


def test_copies_and_archives_have_their_history(home: Home) -> None:
    messages = grown(home)
    catalog.clone(home, "demo", "twin")
    catalog.archive(home, "demo")
    assert files(home) == []
    with opened(home, "twin") as store:
        assert store.project.discussion.messages == messages
        assert store.notices == ()
    assert files(home, "twin") != []
    catalog.restore(home, "demo")
    with opened(home) as store:
        assert store.project.discussion.messages == messages


def test_an_export_has_everything_in_one_file(home: Home) -> None:
    messages = grown(home)
    found = peek(home.projects / "demo.toml").project.discussion
    exported = to_json_bytes(Exchanged(scope="branch", project="demo", name="main", discussion=found))
    assert from_json_bytes(exported).discussion.messages == messages


def test_what_is_kept_while_a_file_is_written_is_there(home: Home) -> None:
    """A flush lets go of the lock while it writes; what comes then is in the journal and in memory."""
    with opened(home) as store:
        for at in range(1, 21):
            store.keep_message("main", said(at))
            if at % 5 == 0:
                taken = store._file
                store.flush()
                assert store._file is not taken
        store.keep_message("main", replace(said(20), parts=(Text(text="once more"),)))
        store.keep_message("main", replace(said(2), parts=(Text(text="changed"),)))
        before = store.project
    with opened(home) as store:
        assert store.project == before
        texts = [message.text for message in store.project.discussion.messages]
    assert (texts[1], texts[19]) == ("changed", "once more")


def test_opening_reads_no_index_where_branches_are_straight(home: Home) -> None:
    """The project file says all that opening, its branch and its end need: damage is not even met."""
    grown(home)
    indexes = [path.with_suffix(".index") for path in ordered(home)]
    whole = [path.read_bytes() for path in indexes]
    for path in indexes:
        path.write_bytes(b"damaged")
    with opened(home) as store:
        discussion, history = store.project.discussion, store._file.history
        assert history is not None
        assert len(discussion.path("main")) == len(discussion.messages) == 20
        assert discussion.path("main")[-1].text == "words 20"
        assert [file.unindexed for file in history.sound] == [None] * len(indexes)
        assert discussion.path("main")[0].text == "words 1"
        found = [file.unindexed is not None for file in history.sound]
        assert found == [True, *[False] * (len(indexes) - 1)]
    assert [path.read_bytes() for path in indexes] == [whole[0], *[b"damaged"] * (len(indexes) - 1)]


def test_branches_that_left_in_old_files_are_found(home: Home) -> None:
    """A tip and a fork in the middle of files, after another start."""
    grown(home)
    with opened(home) as store:
        one = forked(forked(store.project.discussion, "old", "m6"), "older", "m2")
        store.change(replace(store.project, discussion=one))
        for at in range(100, 112):
            store.keep_message("old", said(at, parent=6 if at == 100 else None))
            store.flush()
    with opened(home) as store:
        discussion = store.project.discussion
        assert store.notices == ()
        assert [message.id for message in discussion.path("older")] == ["m1", "m2"]
        assert [message.id for message in discussion.path("old")] == [
            *(f"m{at}" for at in range(1, 7)), *(f"m{at}" for at in range(100, 112))
        ]  # fmt: skip
        assert [message.id for message in discussion.path("main")] == [f"m{at}" for at in range(1, 21)]


def test_small_neighbours_are_one_file_after_the_project_was_put_away(home: Home) -> None:
    """One file each time; the small ones stay for whoever reads them until the next start."""
    messages = grown(home, 40)
    small = [file.name for file in ordered(home)]
    assert len(small) > 6
    wide = replace(SMALL, file_messages=12)
    with opened(home, cut=wide):
        reader = peek(home.projects / "demo.toml").project.discussion
    assert len(ordered(home)) == len(small) - 2
    assert set(small) < {file.name for file in files(home)}
    assert reader.messages == messages
    for _ in range(4):
        with opened(home, cut=wide) as store:
            assert store.notices == ()
            assert store.project.discussion.messages == messages
    with opened(home) as store:
        assert store.project.discussion.messages == messages
    assert sorted(ordered(home)) == files(home)
    assert [len(file.read_bytes().splitlines()) for file in ordered(home)][:3] == [12, 12, 12]


def test_files_that_cannot_be_read_are_not_merged(home: Home) -> None:
    grown(home)
    broken_at(ordered(home)[1], lambda data: data.replace(b"words 6", b"w0rds 6"))
    before = ordered(home)
    with opened(home, cut=replace(SMALL, file_messages=100)):
        pass
    assert ordered(home) == before


def test_an_index_and_its_messages_that_are_damaged_later_lose_only_their_words(home: Home) -> None:
    """The project is open and nobody has looked at a file yet: nothing else breaks."""
    grown(home)
    path = ordered(home)[1]
    with opened(home) as store:
        for one in (path, path.with_suffix(".index")):
            one.write_bytes(bytes(one.stat().st_size))
        texts = [message.text for message in store.project.discussion.path("main")]
        assert len(texts) == 20
        assert sum("cannot be read any more" in text for text in texts) == 4
        store.keep_message("main", said(21))
        store.flush()


def test_opening_reads_no_message(home: Home) -> None:
    """Only the indexes and the project file: however long the history is."""
    grown(home)
    with opened(home) as store:
        history = store._file.history
        assert isinstance(history, History)
        assert all(isinstance(file, HistoryFile) and file.unread for file in history.files)
        assert store.project.discussion.path("main")[0].text == "words 1"
        assert [file.unread for file in history.sound] == [False, *[True] * (len(history.files) - 1)]
