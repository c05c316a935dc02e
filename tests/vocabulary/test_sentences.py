"""What failed, and what to do about it, one after the other."""

import pytest

from copilot.vocabulary.text import sentences


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((), ""),
        (("no model was named", "Name a model."), "no model was named. Name a model."),
        (("It ends itself.", "Do this."), "It ends itself. Do this."),
        (("Does it?", "Yes"), "Does it? Yes"),
        (("no hint", ""), "no hint"),
        (("", " only a hint "), "only a hint"),
        (("one", "two", "three"), "one. two. three"),
    ],
)
def test_each_part_but_the_last_ends_as_a_sentence(parts: tuple[str, ...], words: str) -> None:
    assert sentences(*parts) == words
