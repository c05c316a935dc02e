"""Markdown blocks drawn into a card: flowing words, lists, tables, code with colours and a copy button."""

import re
from dataclasses import dataclass

from copilot.desktop import highlight, text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.markdown import Block, Code, Heading, Paragraph, Rule, Run, Style, Table, blocks
from copilot.desktop.palette import Colour, Tone
from copilot.desktop.widgets import Icon, Look, clear

CODE_LINES = 400
"""Lines of one code block that are drawn; *Copy* takes all."""

CHILDREN = 900
"""Child windows one card may use: the integer tags after its own (the library never frees such windows)."""

MIXED_CELL = 28
"""Characters of a table's cell that are drawn in more than one style."""

INDENT = 20
PILL_PADDING = 10


@dataclass(slots=True)
class Drawn:
    """What a card shows: one group per block, so that a growing answer is redrawn at its end only."""

    parent: Item
    width: float
    first_child: int
    blocks: tuple[Block, ...] = ()
    groups: list[Item] | None = None


def draw(look: Look, drawn: Drawn, source: str) -> None:
    """Show Markdown in `drawn.parent`, keeping the blocks that are the same as before."""
    new = blocks(text.shown(source))
    groups = drawn.groups if drawn.groups is not None else []
    same = 0
    while same < min(len(new), len(groups)) and new[same] == drawn.blocks[same]:
        same += 1
    for group in groups[same:]:
        dpg.delete_item(group)
    del groups[same:]
    for index in range(same, len(new)):
        group = dpg.add_group(parent=drawn.parent)
        look.themes.bind(group, "text_lines")
        _space_before(look, group, new[index], new[index - 1] if index else None)
        _block(look, group, new[index], drawn.width, drawn.first_child + index % CHILDREN)
        groups.append(group)
    drawn.blocks, drawn.groups = new, groups


def _space_before(look: Look, group: Item, block: Block, before: Block | None) -> None:
    """Air between blocks; the items of a list stay together."""
    if before is None:
        return
    match block:
        case Heading():
            look.gap(group, height=6)
        case Paragraph(depth=0):
            look.gap(group, height=2)
        case Paragraph() if not isinstance(before, Paragraph):
            look.gap(group, height=1)
        case _:
            pass


def _block(look: Look, group: Item, block: Block, width: float, child: int) -> None:
    match block:
        case Paragraph():
            _paragraph(look, group, block, width)
        case Heading(runs=runs, level=level):
            font = look.fonts.heading if level <= 2 else look.fonts.body_bold
            line = look.text(
                "".join(words for words, _ in runs), group, font=font, colour=look.palette.strong, wrap=0
            )
            dpg.configure_item(line, wrap=int(width))
        case Code(text=code, language=language):
            code_block(look, group, code, language, width, child)
            look.gap(group, height=2)
        case Table(rows=rows):
            look.gap(group, height=2)
            _table(look, group, rows)
            look.gap(group, height=2)
        case Rule():
            dpg.add_separator(parent=group)


def _paragraph(look: Look, group: Item, block: Paragraph, width: float) -> None:
    if not block.depth and not block.quoted:
        flow(look, group, block.runs, width)
        return
    indent = look.px(INDENT) * max(0, block.depth - 1) + look.px(10)
    line = dpg.add_group(parent=group, horizontal=True, horizontal_spacing=0)
    dpg.add_spacer(parent=line, width=indent)
    mark_width = look.px(INDENT + (6 if len(block.marker) > 2 else 0))
    mark = block.marker or ("▎" if block.quoted else "")
    used = 0.0
    if mark:
        look.text(mark, line, font=look.fonts.body_bold, colour=look.palette.accent_bright)
        used = look.size(mark, look.fonts.body_bold)[0]
    dpg.add_spacer(parent=line, width=max(1, int(mark_width - used)))
    column = dpg.add_group(parent=line)
    flow(look, column, block.runs, width - indent - mark_width, "dim" if block.quoted else "text")


def flow(look: Look, parent: Item, runs: tuple[Run, ...], width: float, tone: Tone = "text") -> None:
    """Words of several styles flowed into lines of at most `width` pixels."""
    for line in _lines(look, runs, width):
        row = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
        for words, style in line:
            _word(look, row, words, style, look.palette.of(tone))


def _word(look: Look, row: Item, words: str, style: Style, colour: Colour) -> None:
    match style:
        case "code":
            pill = dpg.add_button(label=text.label(words), parent=row)
            look.themes.bind(pill, "code_pill")
            dpg.bind_item_font(pill, look.fonts.mono_small)
        case "bold":
            look.text(words, row, font=look.fonts.body_bold, colour=look.palette.strong)
        case "italic":
            look.text(words, row, font=look.fonts.body_italic, colour=colour)
        case "link":
            look.text(words, row, colour=look.palette.accent_bright)
        case "plain" | "break":
            look.text(words, row, colour=colour)


def _lines(look: Look, runs: tuple[Run, ...], width: float) -> list[list[Run]]:
    """Runs cut into lines: greedy, at blanks; a word wider than a line is cut anywhere."""
    lines: list[list[Run]] = [[]]
    used = 0.0
    for words, style in runs:
        if style == "break":
            lines.append([])
            used = 0.0
            continue
        for word in [words] if style == "code" else re.findall(r"\s+|\S+", words):
            for piece in _pieces(look, word, style, width):
                size = _width(look, piece, style)
                if used + size > width and piece.strip() and lines[-1]:
                    lines.append([])
                    used = 0.0
                if lines[-1] or piece.strip():
                    _append(lines[-1], piece, style)
                    used += size
    return [line for line in lines if line]


def _append(line: list[Run], piece: str, style: Style) -> None:
    if line and line[-1][1] == style and style != "code":
        line[-1] = (line[-1][0] + piece, style)
    else:
        line.append((piece, style))


def _pieces(look: Look, word: str, style: Style, width: float) -> list[str]:
    whole = _width(look, word, style)
    if whole <= width or len(word) < 2:
        return [word]
    step = max(1, int(len(word) * width / whole * 0.95))
    return [word[i : i + step] for i in range(0, len(word), step)]


def _width(look: Look, word: str, style: Style) -> float:
    fonts = look.fonts
    font = {"bold": fonts.body_bold, "italic": fonts.body_italic, "code": fonts.mono_small}.get(
        style, fonts.body
    )
    return look.size(word, font)[0] + (look.px(PILL_PADDING) if style == "code" else 0)


def code_block(look: Look, parent: Item, code: str, language: str, width: float, child: int) -> None:
    """An inset box with the language, a copy button and coloured lines, wrapped so that nothing is cut."""
    mono = look.fonts.mono
    inner = width - look.px(30)
    columns = max(20, int(inner / max(1.0, look.size("0" * 50, mono)[0] / 50)))
    lines = highlight.wrapped(highlight.runs(code, language), columns)
    shown = lines[:CODE_LINES]
    look.gap(parent, height=2)
    box = dpg.add_child_window(parent=parent, tag=child, auto_resize_y=True, no_scrollbar=True)
    look.themes.bind(box, "inset")
    row = look.row(box, look.widths((Icon.COPY,), look.fonts.small, 12))
    title = f"{language}  ·  " if language else ""
    look.text(
        title + text.plural(code.count("\n") + 1, "line"),
        row.left,
        font=look.fonts.small,
        colour=look.palette.faint,
    )
    look.icon_button(Icon.COPY, row.right, lambda: dpg.set_clipboard_text(code), "Copy this block")
    body = dpg.add_group(parent=box)
    look.themes.bind(body, "code_lines")
    for line in shown:
        code_line(look, body, line)
    if len(lines) > len(shown):
        left = text.plural(len(lines) - len(shown), "more line")
        look.text(f"{left}; Copy takes all.", box, font=look.fonts.small, colour=look.palette.faint)


def code_line(look: Look, parent: Item, line: list[highlight.Run]) -> None:
    """One line of coloured runs."""
    if len(line) <= 1:
        words, tone = line[0] if line else (" ", "code")
        look.text(words, parent, font=look.fonts.mono, colour=look.palette.of(tone))
        return
    row = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
    for words, tone in line:
        look.text(words, row, font=look.fonts.mono, colour=look.palette.of(tone))


def _table(look: Look, parent: Item, rows: tuple[tuple[tuple[Run, ...], ...], ...]) -> None:
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        return
    table = dpg.add_table(
        parent=parent,
        header_row=False,
        borders_innerH=True,
        borders_outerH=True,
        policy=dpg.mvTable_SizingStretchProp,
        no_host_extendX=False,
    )
    look.themes.bind(table, "table")
    for index in range(columns):
        widest = max((len("".join(w for w, _ in row[index])) for row in rows if index < len(row)), default=1)
        dpg.add_table_column(parent=table, width_stretch=True, init_width_or_weight=min(max(widest, 4), 40))
    for number, row in enumerate(rows):
        line = dpg.add_table_row(parent=table)
        for cell in row:
            _cell(look, line, cell, head=not number)


def _cell(look: Look, line: Item, cell: tuple[Run, ...], *, head: bool) -> None:
    """A cell of one style wraps; one of several styles only fits on a line, and where it is short."""
    fonts = look.fonts
    words = "".join(w for w, _ in cell)
    styles = {style for _, style in cell}
    if head or len(styles) < 2 or len(words) > MIXED_CELL:
        one = styles.pop() if len(styles) == 1 else ""
        font = {"code": fonts.mono_small, "bold": fonts.small_bold}.get(one, fonts.small)
        tone = look.palette.strong if head else look.palette.text
        look.text(words, line, font=fonts.small_bold if head else font, colour=tone, wrap=0)
        return
    place = dpg.add_group(parent=line, horizontal=True, horizontal_spacing=0)
    for piece, style in cell:
        font = {"code": fonts.mono_small, "bold": fonts.small_bold}.get(style, fonts.small)
        look.text(
            piece, place, font=font, colour=look.palette.strong if style == "bold" else look.palette.text
        )


def release(drawn: Drawn) -> None:
    """Forget what was drawn after its parent was cleared."""
    clear(drawn.parent)
    drawn.blocks, drawn.groups = (), []
