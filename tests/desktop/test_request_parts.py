"""What the context panel says of a request: groups, costs, what is cached, the diff, the rows of its text."""

import json
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from plays import AT, MODEL

from copilot.ai.cache_break import Sent, cache_break, difference
from copilot.ai.xray import Xray
from copilot.desktop.request_parts import (
    DiffLine,
    break_words,
    cached_to,
    cached_tokens,
    cached_words,
    cost_words,
    diff_lines,
    nodes,
    part_cost,
)
from copilot.desktop.text_rows import TAB, cut, place_in_body, row_of, row_text
from copilot.desktop.treemap import Node
from copilot.tokens.prices import load
from copilot.vocabulary import events as e
from copilot.vocabulary.values import Section

PRICE = load().of("anthropic", "claude-sonnet-4-5", date(2026, 11, 1))


def tokens(words: str) -> int:
    return len(words) // 4


def page(*parts: tuple[str, str, str]) -> tuple[str, tuple[Section, ...]]:
    """Sections of kind, name and text, one behind the other."""
    at, sections = 0, []
    for kind, name, words in parts:
        end = at + len(words)
        made = Section(kind=kind, name=name, start=at, end=end, tokens=tokens(words))  # type: ignore[arg-type]
        sections.append(made)
        at = end
    return "".join(words for _, _, words in parts), tuple(sections)


def previewed(new: tuple[str, tuple[Section, ...]], old: tuple[str, tuple[Section, ...]] | None):
    text, sections = new
    end = sections[-1].start
    seen = Xray(text=text, sections=sections, shown=(), cached_end=end, body=None)
    before = Sent(text=old[0], sections=old[1], cached_end=old[1][-1].start) if old else None
    return e.RequestPreviewed(
        at=AT,
        worker="w",
        request_id="p",
        branch="main",
        model=MODEL,
        sha256="a" * 64,
        body_path="",
        text_path="",
        tokens=sum(s.tokens for s in sections),
        sections=sections,
        changed=cache_break(before, seen, tokens) if before else None,
        diff=difference(before, seen) if before else "",
    )


TOOLS = ("tools", "run_shell", "run a script " * 40 + "\n")
SYSTEM = ("system", "system prompt", "be kind\n" * 30)
FILE = ("files", "src/app.py", "".join(f"n{n} = 1\n" for n in range(10, 60)))
OTHER = ("files", "src/lib/deep/x.py", "two = 2\n" * 20)
README = ("files", "README.md", "# Read\n" * 20)
ASKED = ("message", "user", "first question\n")
SETTINGS = ("system", "settings", "max_tokens: 9\n")
FIRST = (TOOLS, SYSTEM, README, FILE, OTHER, ASKED, SETTINGS)


def test_files_stand_in_their_folders_and_a_folder_alone_is_joined() -> None:
    found = nodes(page(*FIRST)[1])
    assert [(n.label, n.weight) for n in found] == [
        ("tools", 130), ("system", 63), ("files", 175), ("message", 3)
    ]  # fmt: skip
    assert found[2].children == (
        Node(label="README.md", weight=35, key=2),
        Node(
            label="src/",
            weight=140,
            children=(Node(label="app.py", weight=100, key=3), Node(label="lib/deep/x.py", weight=40, key=4)),
        ),
    )
    assert nodes(()) == ()


def test_nothing_sent_before_means_nothing_cached() -> None:
    shown = previewed(page(*FIRST), None)
    assert cached_to(shown) is None
    assert cached_words(shown, shown.sections[0]) == ""
    assert PRICE is not None
    assert cost_words(shown, PRICE) == "about $0.0011"
    assert cost_words(shown, None) == "no price known"
    assert part_cost(9, shown, None) == ""


def test_what_was_only_appended_is_new_and_all_before_it_is_cached() -> None:
    old = page(*FIRST)
    answer, again = ("branch", "assistant", "an answer\n" * 9), ("message", "user", "second question\n")
    new = page(*FIRST[:5], ("branch", *ASKED[1:]), answer, again, SETTINGS)
    shown = previewed(new, old)
    assert shown.changed is None
    assert cached_to(shown) == shown.sections[6].start
    assert cached_tokens(shown) == 130 + 60 + 175 + 3
    words = [cached_words(shown, section).split(":")[0] for section in shown.sections]
    assert words == ["as last time"] * 6 + ["new"] * 3
    assert "if cached" in cost_words(shown, PRICE)
    same_but_settings = previewed(page(*FIRST[:-1], ("system", "settings", "max_tokens: 8\n")), old)
    assert cached_to(same_but_settings) == same_but_settings.sections[5].end


def test_a_changed_file_breaks_the_prefix_there() -> None:
    changed = ("files", "src/app.py", FILE[2].replace("n30 = 1", "n30 = 3"))
    new = page(TOOLS, SYSTEM, README, changed, OTHER, ASKED, SETTINGS)
    shown = previewed(new, page(*FIRST))
    at = cached_to(shown)
    assert at is not None
    assert new[0][at - 6 : at + 2] == "n30 = 3\n"
    assert cached_words(shown, shown.sections[3]).startswith("changed within")
    assert cached_tokens(shown) == 130 + 60 + 35 + 100 * (at - shown.sections[3].start) // 400
    words = break_words(shown, new[0], PRICE)
    assert "files · src/app.py, line 21:" in words
    assert "tokens from there on are paid as new, about $" in words
    assert break_words(replace(shown, changed=None), new[0], PRICE) == ""
    lines = diff_lines(shown.diff)
    assert lines[0] == DiffLine("section", "files src/app.py")
    assert [line.kind for line in lines[1:]] == ["hunk", *["same"] * 3, "removed", "added", *["same"] * 3]
    assert [(line.old, line.new) for line in lines if line.kind in ("removed", "added")] == [
        (21, None), (None, 21)
    ]  # fmt: skip


def test_the_diffs_headings_say_what_is_new_and_gone_and_content_is_no_heading() -> None:
    odd = ("files", "odd.sql", "-- a comment\n++ b\n")
    shown = previewed(page(TOOLS, odd, ASKED, SETTINGS), page(TOOLS, SYSTEM, ASKED, SETTINGS))
    lines = diff_lines(shown.diff)
    assert [line.text for line in lines if line.kind == "section"] == [
        "files odd.sql  ·  new",
        "system system prompt  ·  gone",
    ]
    assert DiffLine("added", "-- a comment", None, 1) in lines
    assert diff_lines("… the rest is left out\n") == (DiffLine("note", "… the rest is left out"),)


@given(st.text(alphabet="ab \t\n\r\0é\u202e", max_size=200), st.integers(4, 30))
def test_rows_hold_every_character_but_line_ends_and_fit(words: str, columns: int) -> None:
    rows = cut(words, columns)
    assert "".join(words[a:b] for a, b in rows) == words.replace("\n", "")
    for a, b in rows:
        assert sum(TAB if c == "\t" else 1 for c in words[a:b]) <= columns
    for at in range(len(words)):
        a, b = rows[row_of(rows, at)]
        assert a <= at <= b
    shown = [row_text(words, row) for row in rows]
    assert not any(c in row for row in shown for c in "\0\n\t\r\u202e")


def test_a_section_is_found_in_the_body_whatever_is_escaped() -> None:
    section = '— tool x —\nname: x\ndescription:\nSay “hé” and a "quote" with \\ in it\n'
    words = section.split("\n")[3]
    for ascii_only in (True, False):
        body = json.dumps({"a": "x" * 50, "d": words}, ensure_ascii=ascii_only)
        assert body[place_in_body(body, section) :].startswith("Say ")
    assert place_in_body("{}", section) == -1
