"""Keys between the system and the library: in their order, none too early, letters all at once."""

import pytest

from copilot.desktop.key_line import PRESS, RELEASE, REPEAT, Key, KeyLine, Letter

CTRL, SHIFT, ENTER, ESCAPE = 341, 340, 257, 256
_NAMES = {CTRL: "Ctrl", SHIFT: "Shift", ENTER: "Enter", ESCAPE: "Escape"}


class Library:
    """Takes what it is handed, frame by frame. `deaf` frames pass until it has heard of a key."""

    def __init__(self) -> None:
        self.line = KeyLine(self._hand_on, lambda: not self.deaf)
        self.frames: list[list[str]] = [[]]
        self.deaf = 0
        self._held = 0

    def frame(self, *, typing: bool = False) -> bool:
        """Another frame; whether there is more to come."""
        self.frames.append([])
        more = self.line.tick(typing=typing)
        self.deaf = max(0, self.deaf - 1)
        return more

    def frames_until_rest(self, *, typing: bool = False) -> None:
        while self.frame(typing=typing):
            assert len(self.frames) < 200

    def key(self, code: int, action: int) -> None:
        if code == CTRL:
            self._held = 2 if action else 0
        self.line.take(Key(code=code, scancode=0, action=action, held=self._held))

    def chord(self, code: int, *held: int) -> None:
        """A tap with modifiers, as a quick hand makes it."""
        for one in held:
            self.key(one, PRESS)
        self.key(code, PRESS)
        for one in (code, *reversed(held)):
            self.key(one, RELEASE)

    def write(self, words: str) -> None:
        """Type words, with Shift where they need it."""
        for letter in words:
            shift = letter.isupper()
            if shift:
                self.key(SHIFT, PRESS)
            self.key(ord(letter.upper()), PRESS)
            self.line.take(Letter(point=ord(letter)))
            self.key(ord(letter.upper()), RELEASE)
            if shift:
                self.key(SHIFT, RELEASE)

    @property
    def told(self) -> list[str]:
        return [one for frame in self.frames for one in frame]

    def letters(self) -> str:
        """What a box that hears all of it would hold."""
        return "".join(one[1] for one in self.told if one.startswith("'"))

    def _hand_on(self, event: Key | Letter) -> None:
        if isinstance(event, Letter):
            self.frames[-1].append(f"'{chr(event.point)}")
        else:
            self.frames[-1].append(f"{'-+'[event.action]}{_NAMES.get(event.code) or chr(event.code)}")


def test_a_key_that_may_mean_something_is_the_last_of_its_frame() -> None:
    library = Library()
    library.chord(ord("P"), CTRL)
    library.chord(ENTER)
    library.frames_until_rest()
    assert library.frames[:3] == [["+Ctrl", "+P"], ["-P", "-Ctrl", "+Enter"], ["-Enter"]]


def test_letters_typed_into_a_box_go_in_one_frame_each_key_pressed_once() -> None:
    library = Library()
    library.frame(typing=True)
    library.write("Messes")
    assert library.frames[-1] == ["+M", "'M", "+E", "'e", "+S", "'s", "'s", "'e", "'s"]
    library.frames_until_rest(typing=True)
    assert sorted(library.told[9:]) == ["-E", "-M", "-S"]


def test_letters_without_a_box_may_mean_something_each() -> None:
    library = Library()
    library.write("yn")
    library.frames_until_rest()
    assert library.frames[:2] == [["+Y", "'y"], ["-Y", "+N", "'n"]]


def test_a_chord_behind_letters_comes_after_they_are_let_go() -> None:
    library = Library()
    library.frame(typing=True)
    library.write("s")
    library.chord(ord("S"), CTRL)
    library.frames_until_rest(typing=True)
    assert library.frames[1:4] == [["+S", "'s"], ["-S", "+Ctrl", "+S"], ["-S", "-Ctrl"]]


def test_what_is_typed_waits_for_the_box_that_is_to_have_it() -> None:
    library = Library()
    library.chord(ord("P"), CTRL)
    library.write("Restore")
    library.chord(ENTER)
    library.line.hold()  # what the chord opens asks for the caret
    for _ in range(5):
        assert library.frame()
    assert library.told == ["+Ctrl", "+P", "-P", "-Ctrl"]  # those that are up no longer repeat themselves
    library.write("!")
    library.line.let_go()
    library.frames_until_rest(typing=True)
    assert library.letters() == "Restore!"
    assert library.told.index("+Enter") < library.told.index("'!")
    assert [frame[-1] for frame in library.frames if "+Enter" in frame] == ["+Enter"]


def test_a_key_goes_up_at_once_while_others_wait() -> None:
    library = Library()
    library.key(ENTER, PRESS)
    library.line.hold()
    library.frame()
    library.write("a")
    library.key(ENTER, RELEASE)
    assert library.frames[-1] == ["-Enter"]  # in a slow frame it would repeat itself


@pytest.mark.parametrize("deaf", [0, 1, 3])
def test_no_key_follows_before_the_library_has_heard_of_the_last_one(deaf: int) -> None:
    library = Library()
    library.deaf = deaf
    library.chord(ord("P"), CTRL)
    library.write("x")
    for _ in range(deaf):
        library.frame()
        assert library.told == ["+Ctrl", "+P"]
    library.frame()
    assert "+X" in library.told


def test_a_library_that_never_hears_of_a_key_does_not_stop_the_others() -> None:
    library = Library()
    library.deaf = 1_000
    library.write("abc")
    library.frames_until_rest()
    assert library.letters() == "abc"


def test_a_key_that_repeats_itself_types_nothing_ahead() -> None:
    library = Library()
    library.key(ord("E"), PRESS)
    library.line.take(Letter(point=ord("e")))
    library.line.hold()
    library.frame()
    for _ in range(3):
        library.key(ord("E"), REPEAT)
        library.line.take(Letter(point=ord("e")))
    library.key(ord("E"), RELEASE)
    library.write("so")
    library.line.let_go()
    library.frames_until_rest(typing=True)
    assert library.letters() == "eso"  # the first one came with its key, before there was a box


def test_a_key_that_repeats_itself_in_a_box_types_each_time() -> None:
    library = Library()
    library.frame(typing=True)
    library.key(ord("E"), PRESS)
    library.line.take(Letter(point=ord("e")))
    for _ in range(3):
        library.key(ord("E"), REPEAT)
        library.line.take(Letter(point=ord("e")))
    assert library.letters() == "eeee"
