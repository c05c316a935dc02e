"""How a project, its prompts, attachments and what waits to be said are saved."""

from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from saving import Do, SavePath

from copilot.ai.queue_file import QueueFile
from copilot.assembly.importing import import_project
from copilot.projects.attachments import AttachmentFolder
from copilot.projects.catalog import archive, catalog, clone, restore
from copilot.projects.exchange import Exchanged
from copilot.projects.home import Home
from copilot.projects.project_manager import new
from copilot.projects.prompts import Prompt, keep_prompt, read_library, remove_prompt
from copilot.projects.store import Store
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.events import ApprovalResolved, QueuedMessage
from copilot.vocabulary.messages import Attachment, Branch, Discussion, Message, Text

PICTURE = b"\x89PNG bytes of a picture" * 40
PART = Attachment(name="a.png", media_type="image/png", sha256=sha256(PICTURE).hexdigest(), size=len(PICTURE))


def opened(root: Path) -> Store:
    return Store.open(Home(root=root), "demo", clock=lambda: 0.0, new_id=lambda: "never", base_dir=Path("/"))


def said(number: int, text: str = "first") -> Message:
    parent = f"m{number - 1}" if number > 1 else None
    return Message(id=f"m{number}", parent=parent, role="user", parts=(Text(text=text),), at=0.0)


APPROVED = ApprovalResolved(
    at=0.0, worker="w", turn_id="t", branch="main", request_id="r", call_id="c",
    decision="approve", by="person", shown=True,
)  # fmt: skip


def closed(store: Store) -> None:
    """What a store cannot save when it closes is there at the next start all the same."""
    with suppress(StorageError):
        store.close()


def play_store(root: Path, do: Do) -> None:
    store = do("", lambda: opened(root))

    def keep(message: Message) -> None:
        store.keep_message("main", message)
        if store.trouble is not None:
            raise store.trouble

    def change(prompt: str) -> None:
        store.change(replace(store.project, system_prompt=prompt))
        if not store.retry():
            assert store.trouble is not None
            raise store.trouble

    do("m1", lambda: keep(said(1)))
    do("m2", lambda: keep(said(2)))
    do("flush", store.flush)
    do("prompt", lambda: change("set"))
    do("approval", lambda: store.keep_event(APPROVED))
    do("m3", lambda: keep(said(3)))
    do("m2 again", lambda: keep(said(2, "again")))
    do("flush", store.flush)
    do("m4", lambda: keep(said(4)))
    do("close", lambda: closed(store))


def seen_store(root: Path) -> object:
    with opened(root) as store:
        assert store.notices == ()
        found = store.project
    left = {path.name for path in (root / "projects").iterdir()} - {"demo.lock", "demo.toml"}
    assert not left, f"left behind: {left}"
    return found.system_prompt, *((m.id, m.text) for m in found.discussion.messages)


_M1, _M2, _M3 = ("m1", "first"), ("m2", "first"), ("m3", "first")
_AGAIN = ("m2", "again")
STORE = SavePath(
    name="a project's file and its journal",
    modules=("projects/store.py", "projects/opening.py", "projects/patient.py"),
    play=play_store,
    seen=seen_store,
    states=(
        ("",), ("", _M1), ("", _M1, _M2), ("", _M1, _M2), ("set", _M1, _M2), ("set", _M1, _M2),
        ("set", _M1, _M2, _M3), *[("set", _M1, _AGAIN, _M3)] * 2,
        *[("set", _M1, _AGAIN, _M3, ("m4", "first"))] * 2,
    ),
)  # fmt: skip


def before_other_version(root: Path) -> None:
    with opened(root) as store:
        store.keep_message("main", said(1))


def play_other_version(root: Path, do: Do) -> None:
    """Somebody changes the project's file while it is open."""
    store = do("", lambda: opened(root))
    path = root / "projects" / "demo.toml"

    def edit() -> None:
        for _ in range(3):
            with suppress(OSError):  # of the other program
                path.with_suffix(".other").write_text(path.read_text().replace("first", "edited"))
                path.with_suffix(".other").replace(path)
                break

    def keep() -> None:
        store.keep_message("main", said(2))
        if store.trouble is not None:
            raise store.trouble

    do("edited", edit)
    do("m2", keep)
    do("close", lambda: closed(store))


def seen_other_version(root: Path) -> object:
    with opened(root) as store:
        messages = store.project.discussion.messages
        assert store.notices == ()
    aside = sorted(path.name for path in (root / "projects").glob("*.changed-*"))
    assert all("edited" in (root / "projects" / name).read_text() for name in aside)
    return *((message.id, message.text) for message in messages), len(aside)


OTHER_VERSION = SavePath(
    name="a project's file that another program changed",
    modules=("projects/store.py",),
    before=before_other_version,
    play=play_other_version,
    seen=seen_other_version,
    states=((_M1, 0), (("m1", "edited"), 0), (("m1", "edited"), _M2, 0), (_M1, _M2, 1)),
    between=((("m1", "edited"), _M2, 1),),
    told=((_M1, 0), (_M1, _M2, 0), (("m1", "edited"), _M2, 0), (("m1", "edited"), _M2, 1)),
    power=False,  # the other program does not sync
)


def play_new(root: Path, do: Do) -> None:
    home = Home(root=root)
    do("new", lambda: None if (root / "projects" / "shop.toml").exists() else new(home, "shop", Path("/")))
    message = said(1)
    one = Exchanged(
        scope="branch",
        project="other",
        name="main",
        system_prompt="",
        discussion=Discussion(messages=(message,), branches=(Branch(name="main", tip="m1"),)),
        attachments={},
    )
    do("import", lambda: import_project(home, one, Path("/"), "taken in"))
    do("clone", lambda: "copy" in seen_names(root) or clone(home, "taken in", "copy"))


def seen_names(root: Path) -> frozenset[str]:
    """An import that was refused when all was written has its name, and was done again under another."""
    return frozenset(one.name.removesuffix(" 2") for one in catalog(Home(root=root)))


NEW = SavePath(
    name="a project that is new, taken in or doubled",
    modules=("projects/project_manager.py", "assembly/importing.py", "projects/catalog.py"),
    play=play_new,
    seen=seen_names,
    states=(
        frozenset(), frozenset({"shop"}), frozenset({"shop", "taken in"}),
        frozenset({"shop", "taken in", "copy"}),
    ),
)  # fmt: skip


def before_archive(root: Path) -> None:
    home = Home(root=root)
    store = opened(root)
    store.keep_message("main", said(1))
    store._held.release()  # as a kill leaves it: the message is in the journal
    store._journal.close()
    AttachmentFolder(home.projects / "demo_attachments").keep(PART, PICTURE)
    keep_prompt(home, "demo", Prompt(name="review", scope="project", text="look"))


def put_away(home: Home) -> bool:
    return [one.archived for one in catalog(home)] == [True]


def play_archive(root: Path, do: Do) -> None:
    home = Home(root=root)
    do("archive", lambda: put_away(home) or archive(home, "demo"))
    do("restore", lambda: put_away(home) and restore(home, "demo"))


def seen_archive(root: Path) -> object:
    home = Home(root=root)
    (one,) = catalog(home)
    if one.archived:
        restore(home, "demo")
    with opened(root) as store:
        assert [message.id for message in store.project.discussion.messages] == ["m1"]
        assert store.notices == ()
    assert AttachmentFolder(home.projects / "demo_attachments").read(PART) == PICTURE
    assert [prompt.text for prompt in read_library(home, "demo").prompts] == ["look"]
    return one.archived


ARCHIVE = SavePath(
    name="a project that is put away and brought back",
    modules=("projects/moving.py",),
    before=before_archive,
    play=play_archive,
    seen=seen_archive,
    states=(False, True, False),
    power=False,  # a rename between two folders is one step of a file system, which the test's model is not
)


def play_prompts(root: Path, do: Do) -> None:
    home = Home(root=root)
    one = Prompt(name="review", scope="everywhere", text="one")
    two = replace(one, text="two")
    three = Prompt(name="read", scope="project", text="three")

    def known(prompt: Prompt) -> bool:
        return prompt in read_library(home, "demo").prompts

    do("new", lambda: known(one) or keep_prompt(home, "demo", one))
    do("other words", lambda: known(two) or keep_prompt(home, "demo", two, one))
    do("other name", lambda: known(three) or keep_prompt(home, "demo", three, two))
    do("gone", lambda: not known(three) or remove_prompt(home, "demo", three))


def seen_prompts(root: Path) -> object:
    library = read_library(Home(root=root), "demo")
    assert library.troubles == ()
    return tuple(prompt.text for prompt in library.prompts)


PROMPTS = SavePath(
    name="prompts",
    modules=("projects/prompts.py",),
    play=play_prompts,
    seen=seen_prompts,
    states=((), ("one",), ("two",), ("three",), ()),
    between=(("three", "two"),),
)


def play_attachments(root: Path, do: Do) -> None:
    folder = AttachmentFolder(root / "projects" / "demo_attachments")
    do("kept", lambda: folder.keep(PART, PICTURE))
    do("kept again", lambda: folder.keep(PART, PICTURE))


def seen_attachments(root: Path) -> object:
    return AttachmentFolder(root / "projects" / "demo_attachments").read(PART)


ATTACHMENTS = SavePath(
    name="attachments",
    modules=("projects/attachments.py",),
    play=play_attachments,
    seen=seen_attachments,
    states=(None, PICTURE, PICTURE),
)


def play_queue(root: Path, do: Do) -> None:
    file = QueueFile(root / "projects" / "demo.toml")
    one, two = (QueuedMessage(message_id=name, text=f"words {name}") for name in ("q1", "q2"))
    do("one", lambda: file.write({"main": [one]}))
    do("two", lambda: file.write({"main": [one], "other": [two]}))
    do("said", lambda: file.write({"main": []}))


def seen_queue(root: Path) -> object:
    waiting, trouble = QueueFile(root / "projects" / "demo.toml").read()
    assert trouble == ""
    return tuple(message.message_id for one in waiting for message in one.messages)


def before_queue(root: Path) -> None:
    Home(root=root).make()


QUEUE = SavePath(
    name="what waits to be said",
    modules=("ai/queue_file.py",),
    before=before_queue,
    play=play_queue,
    seen=seen_queue,
    states=((), ("q1",), ("q1", "q2"), ()),
)

PATHS = (STORE, OTHER_VERSION, NEW, ARCHIVE, PROMPTS, ATTACHMENTS, QUEUE)
