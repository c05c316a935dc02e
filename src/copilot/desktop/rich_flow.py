"""Words of several styles in lines: text that wraps, links to click, what was searched in another colour."""

import re
from collections.abc import Callable, Sequence

from copilot.desktop import marking, text
from copilot.desktop.colouring import Colouring
from copilot.desktop.gate import Item, dpg
from copilot.desktop.links import whole
from copilot.desktop.markdown import Run, Style
from copilot.desktop.palette import Tone
from copilot.desktop.widgets import Look
from copilot.vocabulary.frozen import frozen

PILL_PADDING = 10
MEASURED = 20_000
"""Words whose widths are remembered."""

_Piece = tuple[str, Run, bool]


@frozen(kw_only=False)
class Mark:
    """Words that stand out, and the theme they stand out by."""

    item: Item
    words: str
    style: str


class Pen:
    """What all drawing of messages in a panel shares. `ask` hears the address of a link that was clicked.

    `needle` is what is searched for and stands out, "" for nothing; `here` the text and the character in it
    at which the place stands that was gone to. What is drawn for `needle` is noted in `marks`.
    """

    def __init__(self, look: Look, ask: Callable[[str], None], ticks: Callable[[], float]) -> None:
        self.look = look
        self.ask = ask
        self.ticks = ticks
        self.colours = Colouring(ticks)
        self.needle = ""
        self.here: tuple[str, int] | None = None
        self.marks: list[Mark] = []
        self._widths: dict[tuple[Item, str], float] = {}

    def width(self, words: str, font: Item) -> float:
        """How wide words are, in pixels."""
        key = (font, words)
        found = self._widths.get(key)
        if found is None:
            if len(self._widths) > MEASURED:
                self._widths.clear()
            found = self._widths[key] = self.look.size(words, font)[0]
        return found

    def fonts(self, style: Style, *, small: bool = False) -> Item:
        """The font of a style."""
        fonts = self.look.fonts
        match style:
            case "bold":
                return fonts.small_bold if small else fonts.body_bold
            case "italic":
                return fonts.small if small else fonts.body_italic
            case "code":
                return fonts.mono_small
            case _:
                return fonts.small if small else fonts.body

    def found(self, words: str, parent: Item, font: Item, style: str = "found") -> Item:
        """Words that were searched for."""
        item = dpg.add_button(label=text.label(words), parent=parent)
        self.look.themes.bind(item, style)
        dpg.bind_item_font(item, self.look.fonts.for_text(words, font)[1])
        self.marks.append(Mark(item, words, style))
        return item


def flow(
    pen: Pen, parent: Item, runs: Sequence[Run], width: float, tone: Tone = "text", *, small: bool = False
) -> int:
    """Words of several styles flowed into lines of at most `width` pixels; how many lines these are."""
    pieces = _pieces(pen, runs)
    lines = _lines(pen, pieces, width, small=small)
    for line in lines:
        row = parent
        if len(line) > 1:
            row = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
        for words, run, hit in line:
            _word(pen, row, words, run, tone, hit=hit, small=small)
    return len(lines)


def _pieces(pen: Pen, runs: Sequence[Run]) -> list[_Piece]:
    """Runs cut at what is searched; code stays whole and stands out where any of it was found."""
    found: list[_Piece] = []
    for words, run, hit in marking.cut([(run.words, run) for run in runs], pen.needle):
        if run.style == "code" and found and found[-1][1] is run:
            found[-1] = (found[-1][0] + words, run, found[-1][2] or hit)
        else:
            found.append((words, run, hit))
    return found


def _word(pen: Pen, row: Item, words: str, run: Run, tone: Tone, *, hit: bool, small: bool) -> None:
    look = pen.look
    font = pen.fonts(run.style, small=small)
    if hit:
        pen.found(words, row, font, "found_pill" if run.style == "code" else "found")
        return
    match run.style:
        case "code":
            pill = dpg.add_button(label=text.label(words), parent=row)
            look.themes.bind(pill, "code_pill")
            dpg.bind_item_font(pill, look.fonts.for_text(words, font)[1])
        case "link":
            link = look.button(text.label(words), row, "link", lambda: pen.ask(run.href), font=font)
            look.tip(link, whole(run.href))
        case "bold":
            look.text(words, row, font=font, colour=look.palette.strong)
        case "struck":
            look.text(words, row, font=font, colour=look.palette.faint)
        case _:
            look.text(words, row, font=font, colour=look.palette.of(tone))


def _lines(pen: Pen, pieces: Sequence[_Piece], width: float, *, small: bool) -> list[list[_Piece]]:
    """Pieces cut into lines: greedy, at blanks; a word wider than a line is cut anywhere."""
    lines: list[list[_Piece]] = [[]]
    used = 0.0
    for words, run, hit in pieces:
        if run.style == "break":
            lines.append([])
            used = 0.0
            continue
        font = pen.fonts(run.style, small=small)
        more = pen.look.px(PILL_PADDING) if run.style == "code" else 0
        for word in [words] if run.style == "code" else re.findall(r"\s+|\S+", words):
            for part in _parts(pen, word, font, width - more):
                size = pen.width(part, font) + more
                if used + size > width and part.strip() and lines[-1]:
                    lines.append([])
                    used = 0.0
                if lines[-1] or part.strip():
                    _append(lines[-1], (part, run, hit))
                    used += size
    return [line for line in lines if line]


def _append(line: list[_Piece], piece: _Piece) -> None:
    words, run, hit = piece
    if line and line[-1][1:] == (run, hit) and run.style != "code":
        line[-1] = (line[-1][0] + words, run, hit)
    else:
        line.append(piece)


def _parts(pen: Pen, word: str, font: Item, width: float) -> list[str]:
    whole_width = pen.width(word, font)
    if whole_width <= width or len(word) < 2:
        return [word]
    step = max(1, int(len(word) * width / whole_width * 0.95))
    return [word[i : i + step] for i in range(0, len(word), step)]
