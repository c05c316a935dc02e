"""Bytes to text and the same bytes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.vocabulary.errors import ToolError
from copilot.workspace.reading import TextFile, decode, decode_quickly


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", TextFile(text="")),
        (b"a\nb\n", TextFile(text="a\nb\n")),
        ("ü€\U0001f600".encode(), TextFile(text="ü€\U0001f600")),
        (b"\xef\xbb\xbfa", TextFile(text="a", mark=b"\xef\xbb\xbf")),
        (b"a\r\nb\r\n", TextFile(text="a\nb\n", newline="\r\n")),
        (b"a\r\nb\n", TextFile(text="a\r\nb\n")),
        (b"a\rb", TextFile(text="a\rb")),
        (b"a\r\r\nb", TextFile(text="a\r\r\nb")),
        (b"\xff\xfea\0\n\0", TextFile(text="a\n", mark=b"\xff\xfe", encoding="utf-16-le")),
        (b"\xfe\xff\0a", TextFile(text="a", mark=b"\xfe\xff", encoding="utf-16-be")),
        (b"\xff\xfe\0\0a\0\0\0", TextFile(text="a", mark=b"\xff\xfe\0\0", encoding="utf-32-le")),
    ],
)
def test_certain_encodings(data: bytes, found: TextFile) -> None:
    assert decode(data) == found


def test_binary_is_no_text() -> None:
    for data in (b"\x89PNG\r\n\x1a\n\0\0", b"\0", b"\xff\xfea"):
        assert decode(data) is None
        assert decode_quickly(data) is None


def test_a_guess_is_said_to_be_one() -> None:
    data = "Größe und Maß: für alle Straßen über der Brücke".encode("cp1252")
    found = decode(data)
    assert found is not None
    assert found.guessed
    assert found.encode(found.text) == data
    assert decode_quickly(data) == data.decode("cp1252")


@pytest.mark.parametrize(
    "text", ["für", "é", "naïve café\n", "Привет, как дела? Это обычный русский текст.\n"]
)
def test_a_short_text_is_not_taken_for_something_exotic(text: str) -> None:
    data = text.encode("cp1251" if text[0] == "П" else "cp1252")
    found = decode(data)
    assert found is not None
    assert found.text == text
    assert found.guessed


def test_an_encoding_that_lacks_a_character_says_which() -> None:
    file = TextFile(text="", encoding="cp1252", guessed=True)
    with pytest.raises(ToolError, match=r"written in cp1252, which has no '\\u4e2d'"):
        file.encode("a中")


@given(st.binary(max_size=60) | st.text(max_size=40).map(lambda t: t.encode("utf-8", "replace")))
def test_what_is_read_can_be_written_back(data: bytes) -> None:
    found = decode(data)
    if found is not None:
        assert found.encode(found.text) == data
