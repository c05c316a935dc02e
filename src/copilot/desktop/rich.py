"""Markdown blocks drawn into a card: flowing words, lists, tables, code with colours and a copy button."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field

from copilot.desktop import highlight, marking, text
from copilot.desktop.colouring import MOST
from copilot.desktop.gate import Item, dpg
from copilot.desktop.markdown import Block, Code, Heading, Paragraph, Rule, Run, Table, words
from copilot.desktop.palette import Tone
from copilot.desktop.rich_columns import Cell, Rows, column_widths
from copilot.desktop.rich_flow import Pen, flow
from copilot.desktop.widgets import Icon, Look

INDENT = 20
STEP_LINES = 6
"""Lines of code or rows of a table that are made in one step: about 0.5 ms."""

_TASKS = {"task": "\uf096", "done": "\uf046"}
_BOXES = {"whole": "inset", "first": "inset_part", "middle": "inset_part", "last": "inset_part"}


@dataclass(slots=True)
class LongCode:
    """Of which long code a piece is a part: all of it, how many characters it has, and how many lines of it
    stand before the piece."""

    whole: Callable[[], str]
    size: int
    first: int


@dataclass(slots=True)
class Drawn:
    """One piece of a message: a group for each block, so that a growing answer is redrawn at its end only.

    `tags` are those of child windows in use by block, for the library never frees any; `coming` are groups
    that are not seen yet, with theirs. `pale` tells that colours of code are still to come.
    """

    parent: Item
    width: float
    blocks: tuple[Block, ...] = ()
    groups: list[Item] = field(default_factory=list[Item])
    tags: list[int | None] = field(default_factory=list[int | None])
    coming: list[tuple[Item, int | None]] = field(default_factory=list[tuple[Item, int | None]])
    pale: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def put(self, since: int, tags: "Tags") -> None:
        """Let what is coming take the place of the blocks from `since` on."""
        for group in self.groups[since:]:
            dpg.delete_item(group)
        tags.give_back(self.tags[since:])
        self.groups[since:] = [group for group, _ in self.coming]
        self.tags[since:] = [tag for _, tag in self.coming]
        for group, _ in self.coming:
            dpg.show_item(group)
        self.coming.clear()

    def leave_off(self, tags: "Tags") -> None:
        """Forget what is coming."""
        for group, _ in self.coming:
            dpg.delete_item(group)
        tags.give_back([tag for _, tag in self.coming])
        self.coming.clear()


@dataclass(slots=True)
class Tags:
    """Tags of child windows of one card."""

    free: list[int]

    def take(self) -> int | None:
        """One that is not in use; None where all are."""
        return self.free.pop() if self.free else None

    def give_back(self, tags: Iterable[int | None]) -> None:
        """These may be used again."""
        self.free += [tag for tag in tags if tag is not None]


def draw(
    pen: Pen,
    drawn: Drawn,
    blocks: tuple[Block, ...],
    tags: Tags,
    long: LongCode | None = None,
    *,
    first: bool,
) -> Generator[None]:
    """Show blocks in `drawn.parent`, keeping those that are the same as before. `first`: nothing is above.

    A step at a time, so that it can go on in another frame. What is new is seen, and what it replaces gone,
    only with the last step; one that is left off is begun anew by the next.
    """
    same = 0
    while same < min(len(blocks), len(drawn.blocks)) and blocks[same] == drawn.blocks[same]:
        same += 1
    drawn.leave_off(tags)
    for index in range(same, len(blocks)):
        block = blocks[index]
        group = dpg.add_group(parent=drawn.parent, show=False)
        drawn.coming.append((group, tags.take() if isinstance(block, Code) else None))
        pen.look.themes.bind(group, "text_lines")
        before = blocks[index - 1] if index else None
        if before is not None or not first:
            _space_before(pen.look, group, block, before)
        yield from _block(pen, drawn, group, block, long)
        yield
    drawn.put(same, tags)
    drawn.blocks = blocks


def _space_before(look: Look, group: Item, block: Block, before: Block | None) -> None:
    """Air between blocks; the items of a list stay together, and so do the pieces of long code."""
    match block:
        case Heading():
            look.gap(group, height=9)
        case Paragraph(depth=0):
            look.gap(group, height=5)
        case Paragraph():
            look.gap(group, height=1 if isinstance(before, Paragraph) and before.depth else 4)
        case Code(part="whole" | "first"):
            look.gap(group, height=4)
        case Code():
            pass
        case Table() | Rule():
            look.gap(group, height=6)


def _block(pen: Pen, drawn: Drawn, group: Item, block: Block, long: LongCode | None) -> Generator[None]:
    look, width = pen.look, drawn.width
    match block:
        case Paragraph():
            _paragraph(pen, group, block, width)
        case Heading(runs=runs, level=level):
            font = (
                look.fonts.title if level == 1 else look.fonts.heading if level == 2 else look.fonts.body_bold
            )
            _heading(pen, group, words(runs), font, width)
        case Code():
            yield from _code(pen, drawn, group, block, long)
        case Table(rows=rows):
            yield from _table(pen, group, rows, width)
            look.gap(group, height=4)
        case Rule():
            dpg.add_separator(parent=group)
            look.gap(group, height=2)


def _heading(pen: Pen, group: Item, said: str, font: Item, width: float) -> None:
    look = pen.look
    places = marking.spans(said, pen.needle)
    if not places or pen.width(said, font) > width:
        look.text(said, group, font=font, colour=look.palette.strong, wrap=max(1, int(width)))
        return
    row = dpg.add_group(parent=group, horizontal=True, horizontal_spacing=0)
    for piece, _, hit in marking.cut([(said, "")], pen.needle):
        if hit:
            pen.found(piece, row, font)
        else:
            look.text(piece, row, font=font, colour=look.palette.strong)


def _paragraph(pen: Pen, group: Item, block: Paragraph, width: float) -> None:
    if not block.depth and not block.quotes:
        flow(pen, group, block.runs, width)
        return
    look = pen.look
    line = dpg.add_group(parent=group, horizontal=True, horizontal_spacing=0)
    left = 0
    bars: list[Item] = []
    for _ in range(block.quotes):
        bars.append(dpg.add_group(parent=line))
        left += look.px(INDENT - 4)
        gap = look.px(INDENT - 4) - pen.width("▎", look.fonts.body_bold)
        dpg.add_spacer(parent=line, width=max(1, int(gap)))
    if block.depth:
        indent = look.px(INDENT) * (block.depth - 1) + look.px(8)
        dpg.add_spacer(parent=line, width=indent)
        left += indent + _marker(pen, line, block)
    column = dpg.add_group(parent=line)
    lines = flow(pen, column, block.runs, width - left, "dim" if block.quotes else "text")
    for bar in bars:
        for _ in range(max(1, lines)):
            look.text("▎", bar, font=look.fonts.body_bold, colour=look.palette.line_strong)


def _marker(pen: Pen, line: Item, block: Paragraph) -> int:
    """A list item's marker; how much room it takes."""
    look = pen.look
    room = look.px(INDENT + 8 * max(0, len(block.marker) - 2) * (block.marker[:1].isdigit()))
    mark = _TASKS.get(block.marker, block.marker)
    used = 0.0
    if mark:
        done = block.marker == "done"
        colour = look.palette.green if done else look.palette.accent_bright
        look.text(mark, line, font=look.fonts.body_bold, colour=colour)
        used = pen.width(mark, look.fonts.body_bold)
    room = max(room, int(used) + look.px(6))
    dpg.add_spacer(parent=line, width=max(1, int(room - used)))
    return room


def _code(pen: Pen, drawn: Drawn, group: Item, block: Code, long: LongCode | None) -> Generator[None]:
    look = pen.look
    indent = look.px(INDENT) * block.depth
    tag = drawn.coming[-1][1]
    parent, width = group, drawn.width - indent
    if indent:
        parent = dpg.add_group(parent=group, horizontal=True, horizontal_spacing=0)
        dpg.add_spacer(parent=parent, width=indent)
    if tag is None:  # a card full of code: what is in view has tags enough
        box = dpg.add_group(parent=parent)
    else:
        box = dpg.add_child_window(
            parent=parent,
            tag=tag,
            auto_resize_y=True,
            always_auto_resize=True,
            always_use_window_padding=True,
            no_scrollbar=True,
        )
        look.themes.bind(box, _BOXES[block.part])
    if block.part in ("whole", "first"):
        whole = long.whole if long is not None else lambda: block.text
        count = whole().count("\n") + 1
        _code_head(look, box, block.language, count, whole)
    body = dpg.add_group(parent=box)
    look.themes.bind(body, "code_lines")
    mono = look.fonts.mono
    columns = max(20, int((width - look.px(30)) / max(1.0, pen.width("0" * 50, mono) / 50)))
    yield
    for number, line in enumerate(highlight.wrapped(_coloured(pen, drawn, block, long), columns)):
        if number % STEP_LINES == STEP_LINES - 1:
            yield
        code_line(pen, body, line)
    if block.part in ("whole", "last"):
        look.gap(group, height=3)


def _coloured(pen: Pen, drawn: Drawn, block: Code, long: LongCode | None) -> list[list[highlight.Run]]:
    """The lines of a block in colours, or plain while these are not known."""
    plain: list[list[highlight.Run]] = [[(line, "code")] if line else [] for line in block.text.split("\n")]
    whole, first = block.text, 0
    if long is not None and long.size <= MOST:  # else each piece is coloured as if nothing stood above it
        whole, first = long.whole(), long.first
    found = pen.colours.lines(whole, block.language, first, len(plain))
    if found is None:
        if pen.colours.coming(whole, block.language):
            drawn.pale.append((whole, block.language))
        return plain
    same = ["".join(said for said, _ in line) for line in found] == block.text.split("\n")
    return found if same else plain  # a lexer may leave characters out, and hidden ones are written out here


def _code_head(look: Look, box: Item, language: str, count: int, whole: Callable[[], str]) -> None:
    row = look.row(box, look.widths((Icon.COPY,), look.fonts.small, 12))
    title = f"{language}  ·  " if language else ""
    look.text(title + text.plural(count, "line"), row.left, font=look.fonts.small, colour=look.palette.faint)
    look.icon_button(Icon.COPY, row.right, lambda: dpg.set_clipboard_text(whole()), "Copy this block")


def code_line(pen: Pen, parent: Item, line: Sequence[highlight.Run]) -> None:
    """One line of coloured runs."""
    look, mono = pen.look, pen.look.fonts.mono
    # Each run in a font that has it: "└── 中文.py" needs two.
    pieces: list[tuple[str, Tone, bool]] = [
        (written, tone, hit)
        for said, tone, hit in marking.cut(line, pen.needle)
        for written in ((said,) if hit or said.isascii() else [w for w, _ in look.fonts.runs(said, mono)])
    ]
    if len(pieces) <= 1 and not (pieces and pieces[0][2]):
        said, tone, _ = pieces[0] if pieces else (" ", "code", False)
        look.text(said, parent, font=mono, colour=look.palette.of(tone))
        return
    row = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=0)
    for said, tone, hit in pieces:
        if hit:
            pen.found(said, row, mono, "found_code")
        else:
            look.text(said, row, font=mono, colour=look.palette.of(tone))


def _table(pen: Pen, parent: Item, rows: Rows, width: float) -> Generator[None]:
    widths = column_widths(pen, rows, width)
    if not widths:
        return
    look = pen.look
    table = dpg.add_table(
        parent=parent,
        width=int(width),
        header_row=False,
        borders_innerH=True,
        borders_outerH=True,
        policy=dpg.mvTable_SizingFixedFit,
    )
    look.themes.bind(table, "table")
    for one in widths:
        dpg.add_table_column(parent=table, width_fixed=True, init_width_or_weight=max(1, int(one)))
    for number, row in enumerate(rows):
        if number % STEP_LINES == STEP_LINES - 1:
            yield
        line = dpg.add_table_row(parent=table)
        for cell, room in zip(row, widths, strict=False):
            place = dpg.add_group(parent=line)
            flow(pen, place, cell if number else _head(cell), max(room, look.px(20)), small=True)


def _head(cell: Cell) -> Cell:
    return tuple(Run(run.words, "bold" if run.style == "plain" else run.style, run.href) for run in cell)
