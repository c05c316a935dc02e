"""Finding files and lines; patterns made to take for ever."""

import os
import time
from pathlib import Path

import pytest

from copilot.context.globs import GlobError, finder
from copilot.tools import searcher as searcher_room
from copilot.tools.searcher import Lines, Searcher, TooSlowError
from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, ToolError, TurnCancelledError
from tool_world import World


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("*.py", "a.py", True),
        ("*.py", "sub/deep/a.py", True),
        ("a.py", "sub/a.py", True),
        ("./*.py", "sub/a.py", True),
        ("sub/*.py", "sub/a.py", True),
        ("sub/*.py", "sub/deep/a.py", False),
        ("**/*.py", "a.py", True),
        ("**/*.py", "sub/deep/a.py", True),
        ("sub/**", "sub/deep/a.py", True),
        ("sub/**", "sub", False),
        ("sub/**/a.py", "sub/a.py", True),
        ("sub/**/a.py", "sub/x/y/a.py", True),
        ("sub/**/a.py", "other/a.py", False),
        ("**", "anything/at/all", True),
        ("**/**/**/a", "a", True),
        ("?.py", "ab.py", False),
        ("[ab].py", "b.py", True),
        ("[!ab].py", "b.py", False),
        ("*.{py,md}", "x.md", True),
        ("{sub,src}/**/*.py", "src/x/a.py", True),
        ("*.PY", "a.py", False),
        (".*", ".env", True),
        ("*", ".env", True),
        ("a\nb", "a\nb", True),
        ("*", "a\nb", True),
    ],
)
def test_globs(pattern: str, path: str, fits: bool) -> None:
    assert finder(pattern)(path) is fits


def test_a_glob_that_cannot_be_used_is_told_to_the_model(world: World) -> None:
    with pytest.raises(ToolError, match="cannot be used: its braces"):
        world.call("search_files", pattern="{a,b}" * 40)


def test_glob_bombs_are_cheap_or_refused() -> None:
    started = time.monotonic()
    assert not finder("*a" * 120 + "b")("a" * 255)
    assert not finder("**/" * 300 + "x")("/".join("a" * 200))
    assert not finder("/".join(["**/*a*a*a*a*a*b"] * 20))("/".join(["a" * 50] * 40))
    with pytest.raises(GlobError, match="braces"):
        finder("{a,b}" * 40)
    with pytest.raises(GlobError, match="braces"):
        finder("{a," * 300 + "x" + "}" * 300 + "{a,b}" * 20)
    assert time.monotonic() - started < 10


def test_files_are_found(world: World) -> None:
    for path in ("a.py", "sub/b.py", "sub/c.md", "skip/d.py", ".git/e.py"):
        world.put(path, "")
    world.put(".gitignore", "skip/\n")
    (world.root / "link.py").symlink_to("a.py")
    assert world.call("search_files", pattern="*.py") == "3 matches for '*.py'\na.py\nlink.py@\nsub/b.py"
    assert world.call("search_files", pattern="sub") == "1 match for 'sub'\nsub/"
    assert world.call("search_files", pattern="nope*") == "0 matches for 'nope*'"
    for pattern in ("../*", "/etc/*", "sub/../../*"):
        with pytest.raises(OutsideProjectError):
            world.call("search_files", pattern=pattern)
    for bad in ("", "x" * 1_001, "a\0b"):
        with pytest.raises(ToolError):
            world.call("search_files", pattern=bad)


def test_too_many_files_are_cut(world: World) -> None:
    for number in range(503):
        world.put(f"f{number:04}", "")
    lines = world.call("search_files", pattern="f*").splitlines()
    assert (len(lines), lines[-1]) == (502, "[more than 500 fit; only the first are shown]")


def test_lines_are_found(world: World) -> None:
    world.put("a.py", "one\ntwo\nONE more\n")
    world.put("sub/w.txt", b"x\r\none\r\n")
    world.put("skip.log", "one")
    world.put(".gitignore", "*.log\n")
    assert world.call("search_text", pattern="^one$") == (
        "2 lines in 3 files searched for '^one$'\na.py:1: one\nsub/w.txt:2: one"
    )
    assert world.call("search_text", pattern="(?i)one", path="a.py") == (
        "2 lines in 1 file searched for '(?i)one'\na.py:1: one\na.py:3: ONE more"
    )
    assert world.call("search_text", pattern="one", path="skip.log").startswith("1 line in 1 file")


def test_secrets_and_binaries_are_not_searched_and_said(world: World) -> None:
    world.put(".env", "KEY=one")
    world.put("key.txt", "-----BEGIN PRIVATE KEY-----\none")
    world.put("b.bin", b"one\0")
    world.put("big.txt", b"one\n" * 1_300_000)
    world.put("a.txt", "one")
    (world.root / "alias").symlink_to(".env")
    assert world.call("search_text", pattern="one").splitlines() == [
        "1 line in 1 file searched for 'one'",
        "a.txt:1: one",
        "[not searched, as they may hold secrets: .env, key.txt]",
        "[not searched, as they are binary, large or unreadable: b.bin, big.txt]",
    ]
    for path in (".env", "alias"):
        assert "KEY" not in world.call("search_text", pattern="KEY=.*", path=path).split("\n", 1)[1]
    assert world.gate.asked == []


def test_matches_are_bounded(world: World) -> None:
    world.put("many.txt", "x\n" * 300)
    lines = world.call("search_text", pattern="x").splitlines()
    assert (len(lines), lines[-1]) == (202, "[more than 200 lines match; only the first are shown]")
    world.put("wide.txt", "a" * 10_000 + "NEEDLE" + "b" * 10_000)
    found = world.call("search_text", pattern="NEEDLE", path="wide.txt").splitlines()[1]
    assert "NEEDLE" in found
    assert len(found) < 350


def test_what_cannot_be_searched(world: World) -> None:
    os.mkfifo(world.root / "pipe")
    (world.root / "out").symlink_to(world.outside)
    with pytest.raises(ForbiddenPathError, match="neither a regular file nor a folder"):
        world.call("search_text", pattern="x", path="pipe")
    with pytest.raises(OutsideProjectError):
        world.call("search_text", pattern="CANARY", path="out")
    with pytest.raises(ToolError, match="no file or folder"):
        world.call("search_text", pattern="x", path="nope")
    assert "CANARY" not in world.call("search_text", pattern="CAN.RY").split("\n", 1)[-1]


@pytest.mark.parametrize("pattern", ["(", "*", "[", "(?P<a", "(?<=a*)b", "a{99999999999}", "(" * 5_00, "\\"])
def test_a_pattern_that_is_none(world: World, pattern: str) -> None:
    world.put("a.txt", "x")
    with pytest.raises(ToolError, match="not a regular expression"):
        world.call("search_text", pattern=pattern)


def run(pattern: str, text: str, seconds: float = 1.0) -> Lines:
    with Searcher(
        pattern=pattern, most=5, line_characters=80, seconds=seconds, cancelled=lambda: False
    ) as one:
        return one.lines(text)


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(.*a){20}$", r"^(([a-z])+.)+[A-Z]([a-z])+$"])
def test_a_slow_pattern_is_stopped(pattern: str) -> None:
    started = time.monotonic()
    with pytest.raises(TooSlowError):
        run(pattern, "a" * 5_000 + "!")
    assert time.monotonic() - started < 10


def test_a_slow_pattern_gives_what_was_found(world: World) -> None:
    world.put("a.txt", "aa\n")
    world.put("b.txt", "a" * 3_000 + "!\n")
    said = world.call("search_text", pattern="^(a+)+$").splitlines()
    assert said[:2] == ["1 line in 2 files searched for '^(a+)+$'", "a.txt:1: aa"]
    assert said[2].startswith("[stopped after 10 s, at 'b.txt': the pattern is slow there")


def test_the_person_can_stop_a_search() -> None:
    with (
        pytest.raises(TurnCancelledError),
        Searcher(pattern="x", most=5, line_characters=80, seconds=60, cancelled=lambda: True),
    ):
        pass


def test_a_search_process_that_dies_is_told(tmp_path: Path) -> None:
    with Searcher(pattern="x", most=5, line_characters=80, seconds=30, cancelled=lambda: False) as one:
        assert one.lines("axb").found == ((1, "axb"),)
        one._process.kill()
        one._process.wait()
        with pytest.raises(ToolError, match="ended by itself"):
            one.lines("x")


def test_odd_texts_keep_their_line_numbers() -> None:
    assert run("b", "a\u2028\x0c\x1c\nb\r\n\ud800b").found == ((2, "b"), (3, "?b"))


def test_no_search_process_is_left(world: World) -> None:
    world.put("a.txt", "a" * 3_000 + "!")
    with pytest.raises(TooSlowError):
        run(r"(a+)+$", "a" * 3_000 + "!", seconds=0.3)
    mine = str(searcher_room.PROCESS).encode()
    alive = [p for p in Path("/proc").glob("[0-9]*/cmdline") if mine in _read(p)]
    assert not [p for p in alive if _parent(p) == os.getpid()]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def _parent(path: Path) -> int:
    try:
        return int((path.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
    except (OSError, IndexError):
        return 0
