"""Changing files: what is asked, what is written, what is refused."""

import os
import stat
from dataclasses import replace

import pytest

from copilot.vocabulary.approvals import ApprovalDetail, FileWriteDetail
from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, RejectedError, ToolError
from ordinary_user import as_ordinary_user, open_folder
from tool_world import World, make_world, rejects, tree


def asked(world: World) -> FileWriteDetail:
    """The one thing that was asked."""
    (detail,) = world.gate.asked
    assert isinstance(detail, FileWriteDetail)
    return detail


def person_writes(text: str) -> object:
    def answer(detail: ApprovalDetail) -> ApprovalDetail:
        assert isinstance(detail, FileWriteDetail)
        return replace(detail, content=text)

    return answer


def test_a_new_file(world: World) -> None:
    assert (
        world.call("write_file", path="new/deep/a.txt", content="one\ntwo\n")
        == "Made 'new/deep/a.txt' (8 bytes)."
    )
    assert asked(world) == FileWriteDetail(
        path="new/deep/a.txt",
        content="one\ntwo\n",
        diff="--- /dev/null\n+++ b/new/deep/a.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n",
        creates=True,
    )
    assert (world.root / "new" / "deep" / "a.txt").read_bytes() == b"one\ntwo\n"
    assert world.started == [("", "")]


def test_a_whole_file_is_replaced_with_its_mode(world: World) -> None:
    file = world.put("run.sh", "old\n")
    file.chmod(0o755)
    assert world.call("write_file", path="run.sh", content="new") == "Wrote 'run.sh' (3 bytes)."
    assert asked(world).diff == (
        "--- a/run.sh\n+++ b/run.sh\n@@ -1 +1 @@\n-old\n+new\n\\ No newline at end of file\n"
    )
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == ("new", 0o755)


def test_nothing_is_asked_where_nothing_changes(world: World) -> None:
    world.put("a.txt", "same")
    assert world.call("write_file", path="a.txt", content="same") == (
        "'a.txt' holds exactly this already; nothing was written."
    )
    assert (world.gate.asked, world.started) == ([], [])


def test_a_rejection_writes_nothing(world: World) -> None:
    world.put("a.txt", "old")
    world.gate.answer = rejects
    for name, arguments in (
        ("write_file", {"path": "a.txt", "content": "new"}),
        ("write_file", {"path": "b/c.txt", "content": "new"}),
        ("edit_file", {"path": "a.txt", "old": "old", "new": "new"}),
    ):
        with pytest.raises(RejectedError):
            world.call(name, **arguments)
    assert tree(world.root) == {"a.txt": b"old"}
    assert not (world.root / "b").exists()
    assert world.started == []


def test_what_the_person_wrote_is_written_and_told(world: World) -> None:
    world.put("a.txt", "one\ntwo\n")
    world.gate.answer = person_writes("one\nthree!\n")
    said = world.call("edit_file", path="a.txt", old="two", new="three")
    assert said == (
        "The person changed the text before it was written. The difference:\n"
        "--- proposed\n+++ approved\n@@ -1,2 +1,2 @@\n one\n-three\n+three!\n\n"
        "Wrote 'a.txt' (11 bytes). Read it before you edit it."
    )
    assert (world.root / "a.txt").read_text() == "one\nthree!\n"
    with pytest.raises(ForbiddenPathError, match="changed since you read it"):
        world.call("edit_file", path="a.txt", old="three!", new="four")
    world.gate.answer = lambda detail: detail
    world.call("read_file", path="a.txt")
    assert world.call("edit_file", path="a.txt", old="three!", new="four") == "Wrote 'a.txt' (9 bytes)."


def test_the_persons_own_text_in_a_secret_is_not_told(world: World) -> None:
    world.gate.answer = person_writes("KEY=real-value\n")
    said = world.call("write_file", path=".env", content="KEY=\n")
    assert "real-value" not in said
    assert said.startswith("The person changed the text")


def test_an_edit_is_exact(world: World) -> None:
    world.put("a.py", "a = 1\nb = 1\n")
    assert world.call("edit_file", path="a.py", old="a = 1\n", new="a = 2\n") == "Wrote 'a.py' (12 bytes)."
    assert (world.root / "a.py").read_text() == "a = 2\nb = 1\n"
    assert asked(world).content == "a = 2\nb = 1\n"
    assert world.call("edit_file", path="a.py", old="b = 1\n", new="") == "Wrote 'a.py' (6 bytes)."


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("", "x", "'old' is empty: there is nothing to replace. write_file writes a whole file.", ""),
        ("x = 1", "x = 1", "'old' and 'new' are the same; nothing was done.", ""),
        (
            "x = 1", "x = 2", "'old' occurs 2 times in 'a.py' (lines 1, 3), not once; nothing was done.",
            "Add lines around it until it is the only one.",
        ),
        ("aa", "b", "'old' occurs 2 times in 'a.py' (lines 4, 4), not once; nothing was done.",
         "Add lines around it until it is the only one."),
        ("nope", "x", "'old' does not occur in 'a.py'; nothing was done.",
         "Read the file for its exact text, spaces and line ends included."),
        ("y = 2\nz", "x", "'old' does not occur in 'a.py'; nothing was done.",
         "Its first line is in line 2, but what follows or the spaces differ."),
        ("\n\n\n", "x", "'old' does not occur in 'a.py'; nothing was done.",
         "Read the file for its exact text, spaces and line ends included."),
    ],
)  # fmt: skip
def test_an_edit_that_does_not_fit(world: World, old: str, new: str, message: str, hint: str) -> None:
    world.put("a.py", "x = 1\n  y = 2\nx = 1\naaa\n")
    with pytest.raises(ToolError) as caught:
        world.call("edit_file", path="a.py", old=old, new=new)
    assert (str(caught.value), caught.value.hint) == (message, hint)
    assert world.gate.asked == []


def test_an_edit_of_what_is_not_there(world: World) -> None:
    world.put("b.bin", b"\0old")
    for path, message in (
        ("nope", "there is no file"),
        (".", "base directory itself"),
        ("b.bin", "is binary"),
    ):
        with pytest.raises(ToolError, match=message):
            world.call("edit_file", path=path, old="old", new="new")


def test_an_edit_is_refused_where_the_file_changed_since_it_was_read(world: World) -> None:
    world.put("a.txt", "one")
    world.call("read_file", path="a.txt")
    world.put("a.txt", "one two")
    with pytest.raises(ForbiddenPathError) as caught:
        world.call("edit_file", path="./a.txt", old="one", new="1")
    assert str(caught.value) == "'./a.txt' changed since you read it; nothing was done."
    with pytest.raises(ForbiddenPathError, match="changed since you read it"):
        world.call("write_file", path="a.txt", content="whole")
    assert world.gate.asked == []
    world.call("read_file", path="a.txt")
    world.call("write_file", path="a.txt", content="whole")
    assert world.call("edit_file", path="a.txt", old="whole", new="part") == "Wrote 'a.txt' (4 bytes)."


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("write_file", {"path": "a.txt", "content": "new"}),
        ("write_file", {"path": "b.txt", "content": "new"}),
        ("edit_file", {"path": "a.txt", "old": "old", "new": "new"}),
    ],
)
def test_a_change_during_the_approval_is_refused(world: World, name: str, arguments: dict[str, str]) -> None:
    world.put("a.txt", "old")

    def meanwhile(detail: ApprovalDetail) -> ApprovalDetail:
        world.put("a.txt", "somebody else")
        world.put("b.txt", "somebody else")
        return detail

    world.gate.answer = meanwhile
    with pytest.raises(ForbiddenPathError, match="changed on disk after the change was proposed"):
        world.call(name, **arguments)
    assert tree(world.root) == {"a.txt": b"somebody else", "b.txt": b"somebody else"}


def test_a_link_made_during_the_approval_leads_nowhere(world: World) -> None:
    world.put("d/a.txt", "old")

    def meanwhile(detail: ApprovalDetail) -> ApprovalDetail:
        (world.root / "d").rename(world.root / "e")
        (world.root / "d").symlink_to(world.outside)
        return detail

    world.gate.answer = meanwhile
    with pytest.raises(OutsideProjectError):
        world.call("write_file", path="d/secret.txt", content="new")
    assert tree(world.outside) == {"secret.txt": b"CANARY"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"one\r\ntwo\r\n", b"one\r\n2\r\nzwei\r\n"),
        (b"\xef\xbb\xbfone\ntwo\n", b"\xef\xbb\xbfone\n2\nzwei\n"),
        (b"one\r\ntwo\nx\n", b"one\r\n2\nzwei\nx\n"),
        ("one\ntwo\n".encode("utf-16"), "one\n2\nzwei\n".encode("utf-16")),
        ("für\ntwo\n".encode("cp1252"), "für\n2\nzwei\n".encode("cp1252")),
    ],
)
def test_encoding_and_line_ends_stay(world: World, before: bytes, after: bytes) -> None:
    file = world.put("a.txt", before)
    world.call("edit_file", path="a.txt", old="two", new="2\nzwei")
    assert file.read_bytes() == after
    assert ("encoding is a guess" in asked(world).warning) == (b"\xfc" in before)


def test_line_ends_of_the_call_do_not_matter_where_the_file_has_its_own(world: World) -> None:
    file = world.put("a.txt", b"one\r\ntwo\r\n")
    world.call("edit_file", path="a.txt", old="one\r\ntwo", new="1\r\n2\n3")
    assert file.read_bytes() == b"1\r\n2\r\n3\r\n"
    world.call("write_file", path="a.txt", content="x\ny\n")
    assert file.read_bytes() == b"x\r\ny\r\n"


def test_a_character_that_the_encoding_lacks(world: World) -> None:
    file = world.put("a.txt", "Größe für Straßen".encode("cp1252"))
    with pytest.raises(ToolError, match="which has no"):
        world.call("edit_file", path="a.txt", old="Gr", new="中")
    assert file.read_bytes() == "Größe für Straßen".encode("cp1252")


PROTECTED = (
    ".git/hooks/pre-commit",
    ".git/config",
    ".gitmodules",
    ".envrc",
    ".vscode/x.json",
    ".idea/x",
    ".bashrc",
)


@pytest.mark.parametrize("path", [*PROTECTED, ".G\u0131T/../.GIT/config", "GIT~1/config"])
def test_protected_paths_ask_by_themselves(world: World, path: str) -> None:
    (world.root / ".g\u0131t").mkdir()
    (world.root / ".G\u0131T").mkdir()
    world.gate.answer = rejects
    with pytest.raises(RejectedError):
        world.call("write_file", path=path, content="x")
    detail = asked(world)
    assert detail.protected
    assert detail.warning.startswith("Protected path: ")


@pytest.mark.parametrize("path", [".env", "config/prod.pem", "web/credentials.json", "terraform.tfstate"])
def test_what_may_hold_secrets_asks_by_itself(world: World, path: str) -> None:
    world.call("write_file", path=path, content="x\n")
    detail = asked(world)
    assert detail.protected
    assert "may hold secrets" in detail.warning


def test_a_protected_path_behind_a_link(world: World) -> None:
    world.put(".git/config", "x")
    (world.root / "innocent").symlink_to(".git")
    world.gate.answer = rejects
    with pytest.raises(RejectedError):
        world.call("edit_file", path="innocent/config", old="x", new="y")
    detail = asked(world)
    assert (detail.path, detail.protected) == (".git/config", True)
    assert detail.warning.splitlines()[1] == (
        "The path asked for, 'innocent/config', goes through a link; this is the file behind it."
    )


@pytest.mark.parametrize(
    ("home", "path", "protected"),
    [
        ("home", "config.toml", False),
        ("proj", "config.toml", True),
        ("proj", "projects/x.toml", True),
        ("proj", "logs/x.log", True),
        ("proj", "src/config.toml", False),
        ("proj/.data", ".data/anything", True),
        ("proj/.data", "config.toml", False),
    ],
)
def test_our_own_files_are_protected(world: World, home: str, path: str, protected: bool) -> None:
    world.home = world.root.parent / home
    world.call("write_file", path=path, content="x")
    assert asked(world).protected is protected


def test_a_base_directory_inside_our_own_files_is_protected(world: World) -> None:
    world.home = world.root.parent / "home"
    base = world.home / "projects" / "x"
    base.mkdir(parents=True)
    inside = World(root=base, home=world.home)
    inside.call("write_file", path="a", content="x")
    assert asked(inside).protected


def test_a_hard_link_is_said_and_broken(world: World) -> None:
    os.link(world.outside / "secret.txt", world.root / "h")
    world.call("write_file", path="h", content="new")
    assert asked(world).warning == (
        "The file has 1 other hard link, perhaps outside the project: writing breaks the link, the other "
        "name keeps the old text."
    )
    assert tree(world.outside) == {"secret.txt": b"CANARY"}
    assert (world.root / "h").read_text() == "new"


def test_a_binary_file_is_said(world: World) -> None:
    world.put("a.bin", b"\0\1")
    world.call("write_file", path="a.bin", content="text")
    assert asked(world).warning == "The file is binary now (2 bytes); it becomes text."
    assert (
        asked(world).diff == "--- a/a.bin\n+++ b/a.bin\n@@ -0,0 +1 @@\n+text\n\\ No newline at end of file\n"
    )


def test_a_secret_is_not_guessed_at_by_edits(world: World) -> None:
    world.put(".env", "KEY=abc\n")
    with pytest.raises(ToolError, match="read it first"):
        world.call("edit_file", path=".env", old="KEY=a", new="x")
    assert world.gate.asked == []
    world.call("read_file", path=".env")
    assert world.call("edit_file", path=".env", old="KEY=abc", new="KEY=x") == "Wrote '.env' (6 bytes)."


def test_too_much_text(world: World) -> None:
    with pytest.raises(ToolError, match="the most is"):
        world.call("write_file", path="a", content="x" * 5_000_001)
    with pytest.raises(ToolError, match="lone surrogate"):
        world.call("write_file", path="a", content="\ud800")


def test_a_large_difference_is_shown_as_one_block(world: World) -> None:
    world.put("a.txt", "".join(f"{n}\n" for n in range(30_000)))
    world.call("write_file", path="a.txt", content="0\n" + "x\n" * 20_000 + "29999\n")
    lines = asked(world).diff.splitlines()
    assert lines[:4] == ["--- a/a.txt", "+++ b/a.txt", "@@ -2,29998 +2,20000 @@", "-1"]
    assert len(lines) == 3 + 29_998 + 20_000


@pytest.mark.parametrize(
    "path", ["", ".", "sub/..", "new/", "../x", "/etc/x", "a\0b", "out/x", "sub", "pipe"]
)
def test_places_where_no_file_is_written(world: World, path: str) -> None:
    (world.root / "sub").mkdir()
    (world.root / "out").symlink_to(world.outside)
    os.mkfifo(world.root / "pipe")
    for name, arguments in (("write_file", {"content": "x"}), ("edit_file", {"old": "CAN", "new": "x"})):
        with pytest.raises(ToolError):
            world.call(name, path=path, **arguments)
    assert world.gate.asked == []
    assert tree(world.outside) == {"secret.txt": b"CANARY"}


def test_a_folder_that_may_not_be_written() -> None:
    def work() -> tuple[str, str]:
        world = make_world(folder)
        world.put("fixed/a.txt", "old").chmod(0o444)
        world.call("write_file", path="fixed/a.txt", content="new")
        warning = asked(world).warning
        (world.root / "fixed").chmod(0o555)
        try:
            with pytest.raises(ToolError) as caught:
                world.call("write_file", path="fixed/a.txt", content="newer")
        finally:
            (world.root / "fixed").chmod(0o755)
        return warning, str(caught.value)

    with open_folder() as folder:
        assert as_ordinary_user(work) == (
            "The file is marked read-only.",
            "'fixed/a.txt' cannot be used: permission denied.",
        )
