"""The colours of the window as values: one accent, three greys of text, colours of code and of states.

Text that stands on something keeps WCAG's contrast; `contrast` holds the pairs and the formula.
"""

from typing import Literal

from copilot.vocabulary.frozen import frozen

Colour = tuple[int, int, int, int]
CLEAR: Colour = (0, 0, 0, 0)

Tone = Literal[
    "text",
    "strong",
    "dim",
    "faint",
    "accent",
    "accent_bright",
    "green",
    "amber",
    "red",
    "red_soft",
    "violet",
    "cyan",
    "code",
    "code_number",
    "code_string",
    "cached_bar",
]
"""A colour by what it says, for tables that hold in every palette."""


def rgb(hexadecimal: str, alpha: int = 255) -> Colour:
    """`1b2338` as a colour."""
    red, green, blue = (int(hexadecimal[i : i + 2], 16) for i in (0, 2, 4))
    return (red, green, blue, alpha)


def faded(colour: Colour, alpha: int) -> Colour:
    """The colour at another opacity (0 to 255)."""
    return (*colour[:3], alpha)


@frozen
class Palette:
    """All colours of one look.

    Grounds from far to near: `back`, `panel`, `card`, `popup`; `inset` is where code stands, `field` where
    one types. `veil` at a low opacity lifts what lies on any ground; `on_fill` is text on a saturated button.
    """

    name: Literal["dark", "light"]
    back: Colour
    panel: Colour
    card: Colour
    card_person: Colour
    card_person_edge: Colour
    card_failed: Colour
    card_notice: Colour
    inset: Colour
    field: Colour
    hover: Colour
    press: Colour
    line: Colour
    line_strong: Colour
    modal: Colour
    popup: Colour
    track: Colour
    shade: Colour
    veil: Colour
    text: Colour
    strong: Colour
    dim: Colour
    faint: Colour
    on_fill: Colour
    accent: Colour
    accent_bright: Colour
    accent_deep: Colour
    accent_deep_hover: Colour
    accent_deep_active: Colour
    approve: Colour
    approve_hover: Colour
    approve_active: Colour
    approve_wait: Colour
    approve_wait_text: Colour
    green: Colour
    amber: Colour
    red: Colour
    red_soft: Colour
    violet: Colour
    cyan: Colour
    code: Colour
    code_inline: Colour
    code_string: Colour
    code_number: Colour
    cached_bar: Colour
    tile_text: Colour
    amber_bar: Colour
    green_area: Colour
    violet_area: Colour
    accent_area: Colour
    cyan_area: Colour
    orange_area: Colour

    def of(self, tone: Tone) -> Colour:
        """The colour that says this here."""
        return getattr(self, tone)

    def area(self, tone: Tone) -> Colour:
        """The colour of a tone for areas that are drawn half transparent, with words on them."""
        match tone:
            case "green":
                return self.green_area
            case "violet":
                return self.violet_area
            case "accent":
                return self.accent_area
            case "cyan":
                return self.cyan_area
            case "code_number":
                return self.orange_area
            case _:
                return self.of(tone)

    def diff_fill(self, kind: str) -> Colour:
        """What lies under a row of a diff: `section`, `hunk`, `added`, `removed`; nothing under others."""
        match kind:
            case "section":
                return faded(self.accent, 46)
            case "hunk":
                return faded(self.accent, 26)
            case "added":
                return faded(self.green, 30)
            case "removed":
                return faded(self.red, 32)
            case _:
                return CLEAR


DARK = Palette(
    name="dark",
    back=rgb("0e1016"),
    panel=rgb("13161e"),
    card=rgb("191d27"),
    card_person=rgb("1b2338"),
    card_person_edge=rgb("2b3a63"),
    card_failed=rgb("211a20"),
    card_notice=rgb("1d1c1e"),
    inset=rgb("0d1017"),
    field=rgb("1c212c"),
    hover=rgb("252b39"),
    press=rgb("2c3342"),
    line=rgb("262c3a"),
    line_strong=rgb("333b4d"),
    modal=rgb("171b25"),
    popup=rgb("1a1f2a"),
    track=rgb("232937"),
    shade=rgb("04060a", 165),
    veil=rgb("ffffff"),
    text=rgb("d9dee8"),
    strong=rgb("f2f4f8"),
    dim=rgb("a0a9bc"),
    faint=rgb("8993a8"),
    on_fill=rgb("ffffff"),
    accent=rgb("5b8cff"),
    accent_bright=rgb("86abff"),
    accent_deep=rgb("3a68d8"),
    accent_deep_hover=rgb("3f6de0"),
    accent_deep_active=rgb("2f5bc6"),
    approve=rgb("207d45"),
    approve_hover=rgb("23854a"),
    approve_active=rgb("1a6b3a"),
    approve_wait=rgb("1f3a2b"),
    approve_wait_text=rgb("93ad9d"),
    green=rgb("3fb968"),
    amber=rgb("e0a33a"),
    red=rgb("f47470"),
    red_soft=rgb("ff9d98"),
    violet=rgb("ab90fb"),
    cyan=rgb("4cc3d9"),
    code=rgb("c6cedd"),
    code_inline=rgb("dcbcff"),
    code_string=rgb("8fd18a"),
    code_number=rgb("f0a875"),
    cached_bar=rgb("4767b4"),
    tile_text=rgb("e2e6ee"),
    amber_bar=rgb("e0a33a"),
    green_area=rgb("3fb968"),
    violet_area=rgb("ab90fb"),
    accent_area=rgb("5b8cff"),
    cyan_area=rgb("4cc3d9"),
    orange_area=rgb("f0a875"),
)

LIGHT = Palette(
    name="light",
    back=rgb("eaedf3"),
    panel=rgb("f6f7fa"),
    card=rgb("ffffff"),
    card_person=rgb("e9effd"),
    card_person_edge=rgb("bccdf5"),
    card_failed=rgb("fdf0ef"),
    card_notice=rgb("fcf6e9"),
    inset=rgb("f1f3f8"),
    field=rgb("e9ecf2"),
    hover=rgb("e3e7f0"),
    press=rgb("d8deea"),
    line=rgb("dce0e9"),
    line_strong=rgb("c3cad8"),
    modal=rgb("ffffff"),
    popup=rgb("ffffff"),
    track=rgb("dbe0ea"),
    shade=rgb("1b2130", 110),
    veil=rgb("141a28"),
    text=rgb("2a3140"),
    strong=rgb("10151f"),
    dim=rgb("465063"),
    faint=rgb("535d71"),
    on_fill=rgb("ffffff"),
    accent=rgb("2858d2"),
    accent_bright=rgb("1f4bbb"),
    accent_deep=rgb("2858d2"),
    accent_deep_hover=rgb("214cbc"),
    accent_deep_active=rgb("1c45ab"),
    approve=rgb("1d7a43"),
    approve_hover=rgb("18693a"),
    approve_active=rgb("125830"),
    approve_wait=rgb("dcebe2"),
    approve_wait_text=rgb("4c6355"),
    green=rgb("136133"),
    amber=rgb("754900"),
    red=rgb("ae241f"),
    red_soft=rgb("9f1f19"),
    violet=rgb("7a2bc4"),
    cyan=rgb("085e6e"),
    code=rgb("2b3345"),
    code_inline=rgb("6b35b5"),
    code_string=rgb("17692d"),
    code_number=rgb("8a4006"),
    cached_bar=rgb("6489e6"),
    tile_text=rgb("2a3140"),
    amber_bar=rgb("ad6d00"),
    green_area=rgb("2fb868"),
    violet_area=rgb("a06bf0"),
    accent_area=rgb("4f86ff"),
    cyan_area=rgb("22b0c8"),
    orange_area=rgb("f08a3c"),
)
