"""Words are found in a text whatever text came before it."""

from hypothesis import given
from hypothesis import strategies as st

from copilot.storage.word_finder import WordFinder
from copilot.vocabulary.diffs import common_length

WORDS = ("key=", "://", "cookie", "kc")
FOLDED = ("token", "sig=")
CUES = ("=", "k")
PIECES = st.lists(
    st.sampled_from(
        [*WORDS, "TOK", "en", "Sig", "İ", "K", "co", "ke", "y=", ":", "/", "k", "oo", "kie", "é", "x" * 3_000]
    ),
    max_size=9,
)


@given(st.lists(PIECES, min_size=1, max_size=5), st.sampled_from([(), CUES]))
def test_the_same_words_are_found_as_by_looking(texts: list[list[str]], cues: tuple[str, ...]) -> None:
    finder = WordFinder(WORDS, FOLDED, cues)
    for pieces in texts:
        for text in ("".join(pieces), "x" * 4_096 + "".join(pieces)):
            folded = {word for word in FOLDED if word in text.lower()}
            assert finder.found(text) == folded.union(word for word in WORDS if word in text)


@given(st.text("ab", max_size=20), st.text("ab", max_size=20))
def test_what_two_texts_have_in_common(one: str, other: str) -> None:
    length = common_length(one, other)
    assert one[:length] == other[:length]
    assert length == min(len(one), len(other)) or one[length] != other[length]


def test_a_word_across_the_edge_of_what_is_new() -> None:
    finder = WordFinder(WORDS)
    begin = "x" * 5_000 + "coo"
    assert finder.found(begin) == set()
    assert finder.found(begin + "kie") == {"cookie"}
    assert finder.found(begin + "ing") == set()
