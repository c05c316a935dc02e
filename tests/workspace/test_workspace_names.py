"""Paths judged by their text, for both families of systems."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.vocabulary.errors import ForbiddenPathError, OutsideProjectError, ToolError
from copilot.workspace.names import Asked, fold, parse, refuse_new_name, shown

POSIX_BASES = ("/home/u/proj",)
WINDOWS_BASES = ("C:\\Users\\u\\proj",)


def posix(path: str) -> Asked:
    return parse(path, bases=POSIX_BASES, platform="linux")


def windows(path: str) -> Asked:
    return parse(path, bases=WINDOWS_BASES, platform="win32")


@pytest.mark.parametrize(
    ("path", "parts", "folder"),
    [
        ("src/a.txt", ("src", "a.txt"), False),
        ("./src//a.txt", ("src", "a.txt"), False),
        ("src/", ("src",), True),
        ("", (), True),
        (".", (), True),
        ("sub/..", ("sub", ".."), True),
        ("sub/../a", ("sub", "..", "a"), False),
        ("/home/u/proj/src/a", ("src", "a"), False),
        ("/home/u/proj", (), True),
        ("/home/u/proj/", (), True),
        ("~/.ssh/id_rsa", ("~", ".ssh", "id_rsa"), False),
        ("%2e%2e/secret.txt", ("%2e%2e", "secret.txt"), False),
        ("..x/...", ("..x", "..."), False),
        ("$HOME/x", ("$HOME", "x"), False),
        ("a\\b", ("a\\b",), False),
        ("file:///etc/passwd", ("file:", "etc", "passwd"), False),
        ("con", ("con",), False),
    ],
)
def test_a_path_inside_is_split(path: str, parts: tuple[str, ...], folder: bool) -> None:
    assert posix(path) == Asked(text=path, parts=parts, folder=folder)


@pytest.mark.parametrize(
    "path",
    [
        "..",
        "../x",
        "a/../../x",
        "a/./../../proj/x",
        "../proj-evil/x",
        "/etc/passwd",
        "//etc/passwd",
        "/home/u/proj-evil/x",
        "/home/u/proj/../x",
        "/home/u",
        "/",
        "/proc/self/root/etc/passwd",
        "/dev/zero",
        "C:secret.txt",
        "C:\\Windows\\win.ini",
        "c:/x",
        "\\\\server\\share\\x",
        "//server/share/x",
        "\\\\?\\C:\\x",
        "\\\\.\\PhysicalDrive0",
        "\\??\\C:\\x",
        "\\Windows\\x",
        "..\\x",
        "a\\..\\..\\x",
        "a/..\\..\\x",
    ],
)
def test_a_path_outside_is_refused_on_every_system(path: str) -> None:
    for judge in (posix, windows):
        with pytest.raises(OutsideProjectError, match=re.escape(shown(path))):
            judge(path)


@pytest.mark.parametrize(
    "path",
    [
        "src/CON",
        "con.txt",
        "NUL",
        "nul.tar.gz",
        "aux .txt",
        "COM1",
        "com1.log",
        "LPT\u00b9",
        "COM\u00b2.x",
        "CONIN$",
        "conout$",
        "src\\PRN\\x",
        "a.txt:stream",
        "a.txt::$DATA",
        ".git::$INDEX_ALLOCATION\\config",
        "sub:x/y",
        "a.txt.",
        "a.txt ",
        "src /x",
        "... /x",
        "...",
        "a<b",
        'a"b',
        "a|b",
        "what?",
        "*.txt",
        "a\nb",
        "a\x1fb",
        "%USERPROFILE%\\.ssh\\id_rsa",
        "x%TEMP%y",
    ],
)
def test_windows_names_that_mean_something_else_are_refused(path: str) -> None:
    with pytest.raises(ForbiddenPathError, match=re.escape(shown(path))):
        windows(path)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("src\\a.txt", ("src", "a.txt")),
        ("C:\\Users\\u\\proj\\src\\a.txt", ("src", "a.txt")),
        ("c:/users/U/PROJ/src/a.txt", ("src", "a.txt")),
        ("C:\\Users\\u\\proj", ()),
        ("100%/x", ("100%", "x")),
        ("console.txt", ("console.txt",)),
        ("com10.txt", ("com10.txt",)),
        ("PROGRA~1\\x", ("PROGRA~1", "x")),
    ],
)
def test_windows_paths_inside(path: str, parts: tuple[str, ...]) -> None:
    assert windows(path).parts == parts


@pytest.mark.parametrize(
    "path", ["C:\\Users\\u\\proj-evil\\x", "C:\\Users\\u\\proj\\..\\x", "D:\\Users\\u\\proj\\x"]
)
def test_windows_paths_that_only_begin_like_the_base(path: str) -> None:
    with pytest.raises(OutsideProjectError):
        windows(path)


@pytest.mark.parametrize(
    "path", ["a\0b", "a.txt\0../../etc/passwd", "\0", "x" * 4_097, "a/" * 300, "\ud800", "a\udc80"]
)
def test_text_that_no_path_has(path: str) -> None:
    for judge in (posix, windows):
        with pytest.raises(ForbiddenPathError):
            judge(path)


def test_a_message_shows_what_does_not_show() -> None:
    with pytest.raises(OutsideProjectError) as caught:
        posix("../\x1b[2J\u202egnp.exe\n")
    assert str(caught.value) == (
        "'../\\x1b[2J\\u{202e}gnp.exe\\x0a' leads outside the base directory: it climbs above it by '..'."
    )


def test_a_message_cuts_a_long_path() -> None:
    with pytest.raises(OutsideProjectError) as caught:
        posix("/" + "x" * 4_000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "name",
    [
        ".git",
        ".GIT",
        ".Git.",
        ".git ",
        ".git::$INDEX_ALLOCATION",
        ".g\u200cit",
        "\uff0egit",
        ".git\u3164",
    ],
)
def test_spellings_that_some_file_system_takes_for_the_same_name(name: str) -> None:
    assert fold(name) == ".git"


@pytest.mark.parametrize("name", ["a\nb", "a\u202eb", "x\u200b.md", "tab\t", "bell\x07"])
def test_no_new_file_gets_a_name_that_does_not_show(name: str) -> None:
    with pytest.raises(ForbiddenPathError):
        refuse_new_name(name, name)


def test_ordinary_names_in_any_script_are_fine() -> None:
    for name in ("a.txt", "-rf", "$(touch x).txt", "Straße", "名前.md", "a b", "#1", "e\u0301"):
        refuse_new_name(name, name)


@given(
    st.text(alphabet=st.sampled_from("ab./\\~:%\0 \n\u200b.."), max_size=30),
    st.sampled_from(["linux", "win32"]),
)
def test_no_text_is_taken_that_climbs_out(path: str, platform: str) -> None:
    bases = WINDOWS_BASES if platform == "win32" else POSIX_BASES
    try:
        parts = parse(path, bases=bases, platform=platform).parts
    except ToolError as error:
        said = str(error)
    else:
        said = ""
        _check_inside(parts)
    assert "\0" not in said
    assert "\n" not in said


def _check_inside(parts: tuple[str, ...]) -> None:
    depth = 0
    for part in parts:
        depth += -1 if part == ".." else 1
        assert depth >= 0
        assert part not in ("", ".")
        assert "/" not in part
        assert "\0" not in part
