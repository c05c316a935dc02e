"""The colours of the window, dark: one accent, three greys of text, and what code and states are drawn in."""

Colour = tuple[int, int, int, int]
CLEAR: Colour = (0, 0, 0, 0)
WHITE: Colour = (255, 255, 255, 255)


def rgb(hexadecimal: str, alpha: int = 255) -> Colour:
    """`1b2338` as a colour."""
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (0, 2, 4))
    return (red, green, blue, alpha)


def faded(colour: Colour, alpha: int) -> Colour:
    """The colour at another opacity (0 to 255)."""
    return (*colour[:3], alpha)


BACK = rgb("0e1016")
PANEL = rgb("13161e")
CARD = rgb("191d27")
CARD_PERSON = rgb("1b2338")
CARD_PERSON_EDGE = rgb("2b3a63")
INSET = rgb("0d1017")
FIELD = rgb("1c212c")
HOVER = rgb("252b39")
LINE = rgb("262c3a")
LINE_STRONG = rgb("333b4d")
MODAL = rgb("171b25")
TEXT = rgb("d9dee8")
STRONG = rgb("f2f4f8")
DIM = rgb("98a1b4")
FAINT = rgb("7a8499")
ACCENT = rgb("5b8cff")
ACCENT_BRIGHT = rgb("7aa2ff")
ACCENT_DEEP = rgb("3f6fe0")
GREEN = rgb("3fb968")
AMBER = rgb("e0a33a")
RED = rgb("f0625d")
RED_SOFT = rgb("ff8f8a")
VIOLET = rgb("a78bfa")
CYAN = rgb("4cc3d9")
CODE = rgb("c6cedd")
CODE_INLINE = rgb("dcbcff")
CODE_STRING = rgb("8fd18a")
CODE_NUMBER = rgb("f0a875")
