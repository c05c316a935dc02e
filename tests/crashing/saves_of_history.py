"""How older messages leave a project's file for files of their own."""

from pathlib import Path

from saves_of_projects import closed, said
from saving import Do, SavePath

from copilot.projects.home import Home
from copilot.projects.shelving import Cut
from copilot.projects.store import Store
from copilot.vocabulary.frozen import replace

SMALL = Cut(
    most_messages=6, most_bytes=10**6, left_messages=3, left_bytes=10**6, file_messages=4, file_bytes=10**6
)

WIDE = replace(SMALL, file_messages=10)
"""Two files of `SMALL` are one of these."""


def opened(root: Path, cut: Cut = SMALL) -> Store:
    return Store.open(
        Home(root=root), "demo", clock=lambda: 0.0, new_id=lambda: "never", base_dir=Path("/"), cut=cut
    )


def before(root: Path) -> None:
    with opened(root) as store:
        for number in range(1, 6):
            store.keep_message("main", said(number))


def play(root: Path, do: Do) -> None:
    store = do("", lambda: opened(root))

    def keep(number: int, text: str = "first") -> None:
        store.keep_message("main", said(number, text))
        if store.trouble is not None:
            raise store.trouble

    for number in range(6, 9):
        do("kept", lambda number=number: keep(number))
    do("flushed", store.flush)
    do("an older one", lambda: keep(2, "again"))
    do("flushed", store.flush)
    do("kept", lambda: keep(9))
    do("closed", lambda: closed(store))


def seen(root: Path) -> object:
    with opened(root) as store:
        assert store.notices == (), store.notices
        found = [(message.id, message.text) for message in store.project.discussion.messages]
    names = [name for name, _ in found]
    assert names == [f"m{number}" for number in range(1, len(names) + 1)]
    assert all(text == "first" for name, text in found if name != "m2")
    folder = root / "projects" / "demo_history"
    files = {path.name for path in folder.glob("*.jsonl")} if folder.exists() else set[str]()
    named = (root / "projects" / "demo.toml").read_text()
    assert all(name in named for name in files), "a file of history that nobody names"
    return len(names), found[1][1]


HISTORY = SavePath(
    name="older messages of a project",
    modules=("projects/history_file.py", "projects/history_index.py", "projects/history_tidying.py"),
    before=before,
    play=play,
    seen=seen,
    states=(
        (5, "first"), (6, "first"), (7, "first"), (8, "first"), (8, "first"), (8, "again"), (8, "again"),
        (9, "again"), (9, "again"),
    ),
)  # fmt: skip


def before_merging(root: Path) -> None:
    with opened(root) as store:
        for number in range(1, 12):
            store.keep_message("main", said(number))
            store.flush()


def play_merging(root: Path, do: Do) -> None:
    store = do("", lambda: opened(root, WIDE))

    def keep() -> None:
        store.keep_message("main", said(12))
        if store.trouble is not None:
            raise store.trouble

    do("kept", keep)
    do("closed", lambda: closed(store))
    again = do("", lambda: opened(root, WIDE))
    do("closed", lambda: closed(again))


MERGING = SavePath(
    name="small files of older messages that become one",
    modules=("projects/history_file.py", "projects/history_index.py", "projects/history_tidying.py"),
    before=before_merging,
    play=play_merging,
    seen=seen,
    states=((11, "first"), (12, "first"), (12, "first"), (12, "first")),
)

PATHS = (HISTORY, MERGING)
