"""What the window makes of text, layouts and events before anything is drawn. None of it needs a display."""

import re
from pathlib import Path

import pytest
from plays import details, script_detail

from copilot.desktop import layout, text
from copilot.desktop.approval_words import DiffRow, diff_rows, view_of, warnings
from copilot.desktop.display import display_trouble
from copilot.desktop.gate import safe
from copilot.desktop.highlight import runs, wrapped
from copilot.desktop.outbox import drain
from copilot.desktop.palette import Tone
from copilot.desktop.tool_call_view import target
from copilot.vocabulary import events as e

IN = {"at": 0.0, "worker": "w", "turn_id": "t", "branch": "main"}


def test_nothing_that_ends_the_process_reaches_the_library() -> None:
    assert safe("a\ud800b\0c") == "a?b␀c"
    assert safe("plain") == "plain"
    assert safe("größer 😀\u202e") == "größer 😀\u202e"


def test_hidden_characters_show_and_line_ends_do_not() -> None:
    assert text.shown("a\r\nb\x1b[31m\u202e") == "a\nb\\x1b[31m\\u{202e}"


def test_a_long_line_is_cut_with_a_mark() -> None:
    shown = text.shown("x" * (text.LINE_LIMIT + 5) + "\nshort")
    assert shown == "x" * text.LINE_LIMIT + "… [5 more characters]\nshort"


def test_one_line_has_no_breaks() -> None:
    assert text.one_line("a\n\tb   c", 40) == "a b c"
    assert text.one_line("abcdef", 4) == "abc…"


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0"), (999, "999"), (1_000, "1.0k"), (999_949, "999.9k"), (999_950, "1.0M")]
)
def test_counts(number: int, said: str) -> None:
    assert text.count(number) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.034, "34 ms"), (4.21, "4.2 s"), (30.0, "30 s"), (120, "2 min"), (185, "3 min 5 s")],
)
def test_durations(value: float, said: str) -> None:
    assert text.seconds(value) == said


def test_the_tail_of_a_stream_begins_at_a_line() -> None:
    assert text.tail("one\ntwo\nthree\n", 8) == "[8 earlier characters not shown]\nthree\n"
    assert text.tail("short", 8) == "short"


def test_code_keeps_every_character() -> None:
    code = 'def f(x):\n    """Doc."""\n\n    return x + 1  # more'
    lines = ["".join(words for words, _ in line) for line in runs(code, "python")]
    assert "\n".join(lines) == code
    assert runs("plain words", "klingon") == runs("plain words", "")


def test_long_code_lines_wrap_and_lose_nothing() -> None:
    line = runs("x = '" + "a" * 50 + "'", "python")
    cut = wrapped(line, 20)
    assert all(sum(len(words) for words, _ in part) <= 20 for part in cut)
    assert "".join(words for part in cut for words, _ in part) == "x = '" + "a" * 50 + "'"


def test_a_diff_has_the_numbers_of_both_sides() -> None:
    diff = "--- a/x\n+++ b/x\n@@ -3,2 +3,3 @@\n same\n-old\n+new\n+more\n"
    assert diff_rows(diff) == (
        DiffRow("hunk", None, None, "@@ -3,2 +3,3 @@"),
        DiffRow("same", 3, 3, "same"),
        DiffRow("removed", 4, None, "old"),
        DiffRow("added", None, 4, "new"),
        DiffRow("added", None, 5, "more"),
    )


def test_a_diff_of_lines_that_look_like_headers_shows_them() -> None:
    assert diff_rows("--- a/x\n+++ b/x\n@@ -1 +1 @@\n--- gone\n+++ here\n")[1:] == (
        DiffRow("removed", 1, None, "-- gone"),
        DiffRow("added", None, 1, "++ here"),
    )


def test_each_kind_of_request_says_what_it_is() -> None:
    views = {name: view_of(detail) for name, detail in details().items()}
    assert {name: (view.title, view.approve, view.editable) for name, view in views.items()} == {
        "script": ("Run this script?", "Approve & Run", True),
        "python_file": ("Run this Python file?", "Approve & Run", False),
        "file_write": ("Change this file?", "Approve & Write", True),
        "secret_read": ("Read a file that may hold secrets?", "Allow reading", False),
        "powershell": ("Run this script?", "Approve & Run", True),
        "mcp": ("Call a tool of the MCP server tickets?", "Approve & Call", True),
        "hidden": ("Run this script?", "Approve & Run", True),
    }
    assert views["mcp"].told.endswith("one by one. End.")
    command = "/home/ada/calculator/.venv/bin/python calculator/__main__.py '2 * 3 + 4'"
    assert ("Command", command) in views["python_file"].facts
    assert ("Time limit", "2 min") in views["script"].facts


def test_warnings_name_what_a_look_may_miss() -> None:
    script = script_detail("ok\nx\u200by\n" + "z" * 81 + "\n").script
    assert warnings(script, 80) == (
        "Some characters here do not show. Written out, those lines are:",
        "2: x\\u{200b}y",
        "1 line longer than the box, scroll to read: 3",
    )
    assert warnings("plain\n\ttabs\r\n", 80) == ()


def test_the_target_of_a_call_is_its_most_telling_argument() -> None:
    assert target({"path": "a.py", "offset": 3}) == "a.py"
    assert target({"pattern": "x+", "path": "src"}) == "x+ in src"
    assert target({"path": "run.py", "args": ["1", "2"]}) == "run.py 1 2"
    assert target({"script": "#!/bin/sh\nset -e\nmake\n"}) == "set -e  (+2 lines)"
    assert target({}) == ""


def test_draining_joins_neighbouring_pieces_only() -> None:
    first = [
        e.TextDelta(**IN, text="a"),
        e.TextDelta(**IN, text="b"),
        e.ToolOutput(**IN, call_id="c", stream="stdout", text="1"),
        e.ToolOutput(**IN, call_id="c", stream="stderr", text="2"),
        e.TextDelta(**IN, text="c"),
    ]
    waiting = iter(first)
    assert drain(lambda: next(waiting, None), lambda: 0.0) == [e.TextDelta(**IN, text="ab"), *first[2:]]


def test_draining_stops_when_its_time_is_over() -> None:
    ticks = iter(range(100))
    waiting = iter([e.TextDelta(**{**IN, "turn_id": str(n)}, text="x") for n in range(50)])
    assert len(drain(lambda: next(waiting, None), lambda: next(ticks) / 400)) == 2


def dock_tab_id(name: str) -> int:
    """ImGui 1.92's ImHashStr of "###name" (CRC32c), then of "#TAB" with that as its seed."""

    def crc(data: bytes, seed: int) -> int:
        value = ~seed & 0xFFFFFFFF
        for byte in data:
            value ^= byte
            for _ in range(8):
                value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        return ~value & 0xFFFFFFFF

    return crc(b"#TAB", crc(b"###" + name.encode(), 0))


def test_the_shipped_layout_knows_every_window_and_its_front_tabs() -> None:
    shipped = layout.DEFAULT.read_text()
    assert layout.usable(shipped)
    front = dict(re.findall(r"###(\w+)\]\nCollapsed=0\nDockId=(0x\w+),0", shipped))
    chosen = dict(re.findall(r"ID=(0x\w+) .*Selected=0x(\w+)", shipped))
    assert {name: int(chosen[node], 16) for name, node in front.items()} == {
        name: dock_tab_id(name) for name in front
    }


def test_the_default_layout_fits_the_window() -> None:
    small = layout.default_layout(1280, 800, 1.0)
    assert "Size=1280," in small
    sizes = [(int(w), int(h)) for w, h in re.findall(r"SizeRef=(\d+),(\d+)", small)]
    assert max(w for w, _ in sizes) <= 1280
    assert max(h for _, h in sizes) <= 766


def test_a_layout_is_always_there_and_a_broken_one_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "dpg_layout.ini"
    assert layout.prepare(path, 1280, 800, 1.0)
    written = path.read_text()
    assert not layout.prepare(path, 1920, 1080, 1.0)
    assert path.read_text() == written
    path.write_text("[Window][###files]\nnonsense")
    assert layout.prepare(path, 1280, 800, 1.0)
    assert path.read_text() == written
    assert path.with_suffix(".broken").read_text() == "[Window][###files]\nnonsense"


def test_the_size_of_last_time_is_in_the_layout(tmp_path: Path) -> None:
    path = tmp_path / "dpg_layout.ini"
    assert layout.saved_size(path, 1.0) is None
    path.write_text("[Docking][Data]\nDockSpace   ID=0x8 Window=0x1 Pos=0,30 Size=1280,770 Split=X\n")
    assert layout.saved_size(path, 1.0) == (1280, 800)


def test_without_a_display_the_reason_is_given() -> None:
    assert display_trouble({}, "linux") == "No display: DISPLAY is not set."
    assert "cannot be reached" in display_trouble({"DISPLAY": ":4099"}, "linux")


def test_a_path_is_shortened_from_its_beginning_at_whole_folders() -> None:
    assert list(text.path_ends("/home/ada/calculator")) == [
        "/home/ada/calculator",
        "…/ada/calculator",
        "…/calculator",
    ]
    assert list(text.path_ends("C:\\Users\\ada")) == ["C:\\Users\\ada", "…\\Users\\ada", "…\\ada"]
    assert list(text.path_ends("a.py")) == ["a.py"]
    assert list(text.path_ends("")) == [""]


@pytest.mark.parametrize(
    ("provider", "model", "words"),
    [
        ("anthropic", "claude-sonnet-5", "anthropic  ·  claude-sonnet-5"),
        ("rehearsal", "rehearsal", "rehearsal"),
        ("compatible", "", "compatible"),
        ("compatible", "a\u202eb", "compatible  ·  a\\u{202e}b"),
    ],
)
def test_a_model_is_named_once(provider: str, model: str, words: str) -> None:
    assert text.model_name(provider, model) == words


def test_prose_keeps_joiners_from_sight_only_where_they_say_nothing() -> None:
    assert text.prose("⚠\ufe0f done ✔\ufe0f 1\ufe0f\u20e3\r\n") == "⚠ done ✔ 1\u20e3\n"
    assert text.prose("\U0001f469\u200d\U0001f4bb") == "\U0001f469\U0001f4bb"
    assert text.prose("\u2764\ufe0f\u200d\U0001f525") == "\u2764\U0001f525"
    hidden = {
        "a\ufe0f": "a\\u{fe0f}",
        "\U0001f600\ufe0f\ufe0f\ufe01": "\U0001f600\\u{fe0f}\\u{fe0f}\\u{fe01}",
        "x\u200dy": "x\\u{200d}y",
        "rm -rf\ufe0f": "rm -rf\\u{fe0f}",
        "\U0001f600\U000e0161": "\U0001f600\\u{e0161}",
    }
    for given, seen in hidden.items():
        assert text.prose(given) == seen
    assert text.shown("⚠\ufe0f") == "⚠\\u{fe0f}", "what is approved is shown to the last character"


def test_what_an_error_says_is_a_sentence_without_the_marks_of_code() -> None:
    assert (
        text.told("there is no key: `copilot keys` lists them") == "There is no key: copilot keys lists them"
    )
    assert text.told("") == ""


def test_code_goes_on_in_the_next_line_at_a_blank_and_loses_nothing() -> None:
    line: list[tuple[str, Tone]] = [
        ("return left ", "code"),
        ("# the operands were the wrong way round", "faint"),
    ]
    lines = wrapped([line], 20)
    assert ["".join(said for said, _ in one) for one in lines] == [
        "return left # the ",
        "operands were the ",
        "wrong way round",
    ]
    assert ["".join(said for said, _ in one) for one in wrapped([[("x" * 25, "code")]], 20)] == [
        "x" * 20,
        "x" * 5,
    ]
