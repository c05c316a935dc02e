"""A script in its box: every character shows, one text for each script, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.desktop.script_face import Face, face_of

PIECES = (
    "\\",
    "u{",
    "x{",
    "5c}",
    "202e}",
    "}",
    "\u202e",
    "\u3164",
    "\xa0",
    "\r\n",
    "\r",
    "\n",
    "\t",
    "a",
    "\0",
    "–",
)
SCRIPTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(
    st.characters(exclude_categories=("Cs",)), max_size=20
)


@given(SCRIPTS)
def test_the_script_comes_back_and_all_of_it_shows(script: str) -> None:
    face = face_of(script)
    assert face.behind(face.text) == script
    assert all(char in "\n\t" or char.isprintable() or char == "\\" for char in face.text)
    assert "\r" not in face.text


@given(SCRIPTS, SCRIPTS)
def test_no_two_scripts_are_shown_alike(one: str, other: str) -> None:
    assert (face_of(one) == face_of(other)) == (one == other)


@pytest.mark.parametrize(
    ("script", "face"),
    [
        ("ls\n", Face("ls\n")),
        ("printf '\\u{41}'", Face("printf '\\u{41}'")),
        ("echo ü — 'naïve'\n", Face("echo ü — 'naïve'\n")),
        ("a\u202eb\\u{41}", Face("a\\u{202e}b\\u{5c}u{41}", escaped=True)),
        ("a\r\nb\r\n", Face("a\nb\n", returns=True)),
        ("a\r\nb\n", Face("a\\u{d}\nb\n", escaped=True)),
        ("# tidy\rrm x", Face("# tidy\\u{d}rm x", escaped=True)),
        ("\ud800", Face("\ud800")),
    ],
)
def test_faces(script: str, face: Face) -> None:
    assert face_of(script) == face


def test_what_is_typed_is_read_the_way_it_is_shown() -> None:
    face = face_of("a\u202eb")
    assert (
        face.behind("\\u{202e}\\u{e9}\\u{5c}u{41}\\u{110000}\\u{d800}")
        == "\u202eé\\u{41}\\u{110000}\\u{d800}"
    )
    assert face_of("plain").behind("\\u{41}") == "\\u{41}"
    assert face_of("a\r\nb\r\n").behind("a\nnew\nb\n") == "a\r\nnew\r\nb\r\n"
