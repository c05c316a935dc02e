"""Listing, trees, reading."""

import os

import pytest

from copilot.vocabulary.approvals import SecretReadDetail
from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, RejectedError, ToolError
from copilot.vocabulary.values import Limits
from tool_world import World, rejects


def test_a_listing_has_name_type_and_size(world: World) -> None:
    world.put("b.txt", "12345")
    world.put("sub/x", "")
    world.put(".env", "K=v")
    world.put("we\nird\x1b[2J", "x")
    (world.root / "link").symlink_to("..")
    os.mkfifo(world.root / "pipe")
    assert world.call("list_directory", path=".").splitlines() == [
        ".: 6 entries",
        "sub/  folder",
        ".env  file, 3 bytes, the person is asked before it is read",
        "b.txt  file, 5 bytes",
        "link@  link",
        "pipe (not a regular file)  pipe, socket or device",
        "we\\x0aird\\x1b[2J  file, 1 byte",
    ]
    assert world.call("list_directory", path="sub") == "sub: 1 entry\nx  file, 0 bytes"
    assert world.call("list_directory") == world.call("list_directory", path="")
    assert world.gate.asked == []


def test_a_listing_is_cut(world: World) -> None:
    for number in range(1_003):
        world.put(f"f{number:04}", "")
    lines = world.call("list_directory").splitlines()
    assert len(lines) == 1_002
    assert lines[-1] == "[3 more entries are not shown; search_files finds by name]"


def test_what_is_hidden_is_not_named(world: World) -> None:
    world.put(".aiignore", "private*\n")
    world.put("private.txt", "x")
    world.put("private/x", "x")
    assert world.call("list_directory") == (
        ".: 1 entry\n.aiignore  file, 9 bytes\n[2 entries hidden from you by an ignore file]"
    )
    assert world.call("directory_tree") == "./\n  .aiignore"
    for name, arguments in (
        ("read_file", {"path": "private.txt"}),
        ("read_file", {"path": "private/x"}),
        ("get_file_summary", {"path": "private.txt"}),
        ("list_directory", {"path": "private"}),
        ("directory_tree", {"path": "private"}),
        ("search_text", {"pattern": "x", "path": "private"}),
        ("write_file", {"path": "private/new", "content": "x"}),
        ("edit_file", {"path": "private.txt", "old": "x", "new": "y"}),
    ):
        with pytest.raises(ForbiddenPathError, match=r"hidden from you: a rule in '\.aiignore'"):
            world.call(name, **arguments)
    assert world.gate.asked == []


def test_a_tree(world: World) -> None:
    for path in ("a.txt", "sub/b.txt", "sub/deep/c/d.txt", "skip.log", ".git/config"):
        world.put(path, "x")
    world.put(".gitignore", "*.log\n")
    (world.root / "up").symlink_to("..")
    assert world.call("directory_tree", path=".", depth=2) == (
        "./\n  .gitignore\n  a.txt\n  sub/\n    b.txt\n    deep/\n  up@"
    )
    assert world.call("directory_tree", path="sub", depth=1) == "sub/\n  b.txt\n  deep/"
    with pytest.raises(OutsideProjectError):
        world.call("directory_tree", path="up")
    with pytest.raises(ToolError, match="less than or equal to 20"):
        world.call("directory_tree", depth=21)


def test_a_large_tree_is_cut(world: World) -> None:
    for number in range(600):
        world.put(f"f{number:04}", "")
    lines = world.call("directory_tree").splitlines()
    assert (len(lines), lines[-1]) == (502, "[cut after 500 lines; show a part of it, or fewer levels]")


def test_a_whole_file_is_its_text_alone(world: World) -> None:
    text = "def f():\n\treturn 'ü\u200b'\n"
    file = world.put("a.py", text)
    assert world.call("read_file", path="a.py") == text
    assert list(world.seen.known) == ["a.py"]
    file.write_text("other")
    world.call("read_file", path=str(file))
    assert list(world.seen.known) == ["a.py"]


def test_a_long_file_is_read_in_parts_that_join_to_the_whole(world: World) -> None:
    text = "".join(f"line {number}\n" for number in range(1, 4_001))
    world.put("long.txt", text)
    world.limits = Limits(read_characters=10_000)
    first = world.call("read_file", path="long.txt")
    head, part = first.split("\n", 1)
    assert head == "[characters 0 to 10,000 of 38,893, lines 1 to 1,111; go on with offset=10000]"
    joined = part
    while "go on with offset=" in head:
        offset = int(head.split("offset=")[1].rstrip("]"))
        head, part = world.call("read_file", path="long.txt", offset=offset).split("\n", 1)
        joined += part
    assert joined == text
    assert head == "[characters 30,000 to 38,893 of 38,893, lines 3,111 to 4,000]"


def test_offsets_and_limits(world: World) -> None:
    world.put("a.txt", "0123456789")
    assert world.call("read_file", path="a.txt", offset=4, limit=3) == (
        "[characters 4 to 7 of 10, lines 1 to 1; go on with offset=7]\n456"
    )
    assert world.call("read_file", path="a.txt", offset=10**40) == (
        f"[nothing there: the file has 10 characters and offset is {10**40:,}]\n"
    )
    assert world.call("read_file", path="a.txt", limit=10**40) == "0123456789"
    world.put("empty", "")
    assert world.call("read_file", path="empty") == "[the file is empty]\n"
    for bad in ({"offset": -1}, {"limit": 0}, {"limit": -5}):
        with pytest.raises(ToolError):
            world.call("read_file", path="a.txt", **bad)


def test_a_limit_has_a_top(world: World) -> None:
    world.put("a.txt", "x" * 150_000)
    assert world.call("read_file", path="a.txt", limit=150_000).startswith(
        "[characters 0 to 100,000 of 150,000"
    )


def test_other_encodings_are_said(world: World) -> None:
    world.put("w.txt", b"\xef\xbb\xbfa\r\nb\r\n")
    assert world.call("read_file", path="w.txt") == (
        "[lines end in CRLF, shown and edited as plain line feeds]\na\nb\n"
    )
    world.put("u.txt", b"\xff\xfea\0")
    assert world.call("read_file", path="u.txt") == "[encoding utf-16-le]\na"
    world.put("b.bin", b"\0\1\2")
    with pytest.raises(ToolError, match=r"'b\.bin' is binary \(3 bytes\)"):
        world.call("read_file", path="b.bin")


def test_a_secret_asks_first(world: World) -> None:
    world.put(".env", "K=v")
    detail = SecretReadDetail(path=".env", reason="files of this name usually hold keys or passwords")
    world.gate.answer = rejects
    for name in ("read_file", "get_file_summary"):
        with pytest.raises(RejectedError):
            world.call(name, path=".env")
    assert world.seen.known == {}
    assert world.gate.asked == [detail, detail]
    world.gate.answer = lambda asked: asked
    assert world.call("read_file", path="./.env") == "K=v"
    assert world.call("read_file", path=".env", offset=1) == "[characters 1 to 3 of 3, lines 1 to 1]\n=v"
    assert len(world.gate.asked) == 3, "what the model knows already is not asked for again"
    world.put(".env", "K=other")
    world.gate.answer = rejects
    with pytest.raises(RejectedError):
        world.call("read_file", path=".env")


def test_a_secret_behind_a_link_or_in_the_text_asks_too(world: World) -> None:
    world.put(".env", "K=v")
    world.put("notes.txt", "-----BEGIN PRIVATE KEY-----\nabc")
    (world.root / "harmless.txt").symlink_to(".env")
    world.gate.answer = rejects
    for path in ("harmless.txt", "notes.txt"):
        with pytest.raises(RejectedError):
            world.call("read_file", path=path)
    assert [asked.path for asked in world.gate.asked if isinstance(asked, SecretReadDetail)] == [
        ".env", "notes.txt",
    ]  # fmt: skip


def test_a_missing_secret_is_not_asked_for(world: World) -> None:
    with pytest.raises(ToolError, match="there is no file"):
        world.call("read_file", path=".env")
    assert world.gate.asked == []


def test_a_summary(world: World) -> None:
    world.put("calc.py", "import os\n\n\ndef add(a: int, b: int) -> int:\n    '''Sum.'''\n    return a + b\n")
    said = world.call("get_file_summary", path="calc.py")
    assert "add(a: int, b: int) -> int" in said
    assert world.seen.known == {}, "an outline is not the file"
