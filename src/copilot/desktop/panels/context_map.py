"""The request as a treemap: a tile for each part, its area as its tokens; chosen by mouse and arrow keys."""

from collections.abc import Callable, Mapping
from typing import Any

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.palette import CLEAR, Colour, faded
from copilot.desktop.request_parts import (
    KIND_TONES,
    KIND_WORDS,
    cached_to,
    cached_words,
    nodes,
    part_cost,
    section_name,
)
from copilot.desktop.treemap import Direction, Measures, Rect, Tile, neighbour, tile_at, tiles
from copilot.desktop.widgets import TOOLTIP_DELAY, Icon, Look
from copilot.tokens.prices import Price
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.values import FileState, Section, View

TIP_LINES = 5
STRENGTH: dict[View | None, int] = {"full": 118, "summary": 84, "names": 54, "off": 54, None: 96}
"""How opaque a tile is, by its file's view: the more of a file is sent, the more of its colour."""


class ContextMap:
    """`show` when the request changed, `place` when the room did, `tick` once a frame."""

    def __init__(self, look: Look, parent: Item, picked: Callable[[int], None]) -> None:
        self._look = look
        self._picked = picked
        self._shown: RequestPreviewed | None = None
        self._price: Price | None = None
        self._stepped: Mapping[str, FileState] = {}
        self._tiles: tuple[Tile, ...] = ()
        self._size = (0.0, 0.0)
        self._hovered: Tile | None = None
        self._stale = True
        self._chosen = -1
        self.box = dpg.add_child_window(
            parent=parent, tag="context.map", width=10, height=10, no_scrollbar=True
        )
        look.themes.bind(self.box, "sheet")
        dpg.add_spacer(parent=self.box, height=0)
        place = dpg.add_group(parent=self.box)  # a drawing takes no tooltip of its own
        self._sheet = dpg.add_drawlist(parent=place, width=10, height=10)
        self._layer = dpg.add_draw_layer(parent=self._sheet)
        over = dpg.add_draw_layer(parent=self._sheet)
        self._hover = dpg.draw_rectangle((0, 0), (1, 1), parent=over, show=False, rounding=4)
        self._frame = dpg.draw_rectangle((0, 0), (1, 1), parent=over, show=False, rounding=4)
        with dpg.item_handler_registry() as handlers:
            dpg.add_item_clicked_handler(button=dpg.mvMouseButton_Left, callback=self._clicked)
        dpg.bind_item_handler_registry(self._sheet, handlers)
        self._bubble = dpg.add_tooltip(place, delay=TOOLTIP_DELAY, hide_on_activity=True)
        self._tips = [look.text("", self._bubble, font=look.fonts.small) for _ in range(TIP_LINES)]

    def show(
        self, shown: RequestPreviewed, price: Price | None, chosen: int, stepped: Mapping[str, FileState]
    ) -> None:
        """Show a request; `chosen` is the number of a section, -1 for none, `stepped` are files by path."""
        self._stepped = stepped
        self._shown, self._price, self._chosen, self._stale = shown, price, chosen, True

    def choose(self, number: int) -> None:
        """Frame the tile of a section."""
        self._chosen = number
        tile = next((tile for tile in self._tiles if tile.node.key == number >= 0), None)
        self._mark(self._frame, tile, self._look.palette.strong, CLEAR)

    def place(self, width: float, height: float) -> None:
        """Give the map this room, in pixels."""
        dpg.configure_item(self.box, width=max(1, int(width)), height=max(1, int(height)))
        if (width, height) != self._size:
            self._size, self._stale = (width, height), True

    def move(self, direction: Direction) -> None:
        """Choose the next tile on that side; the largest one where none is chosen."""
        mine = [tile for tile in self._tiles if tile.node.key >= 0]
        if not mine:
            return
        current = next((tile for tile in mine if tile.node.key == self._chosen), None)
        if current is None:
            self._picked(max(mine, key=lambda tile: tile.rect.area).node.key)
        else:
            self._picked(neighbour(self._tiles, current, direction).node.key)

    def tick(self) -> None:
        """Once a frame while it is shown: draw what changed, follow the mouse."""
        if self._stale and self._shown is not None and min(self._size) > self._look.px(30):
            self._stale = False
            self._draw(self._shown)
        tile = self._under_mouse()
        if tile is not self._hovered:
            self._hovered = tile
            self._mark(
                self._hover, tile, faded(self._look.palette.veil, 90), faded(self._look.palette.veil, 14)
            )
            self._write_tip(tile)

    def _draw(self, shown: RequestPreviewed) -> None:
        look, (width, height) = self._look, self._size
        dpg.configure_item(self._sheet, width=int(width), height=int(height))
        dpg.delete_item(self._layer, children_only=True)
        measures = Measures(
            gap=look.px(2),
            header=look.px(18),
            group_width=look.px(64),
            group_height=look.px(58),
            least=look.px(9) ** 2,
        )
        self._tiles = tiles(nodes(shown.sections), Rect(0, 0, width - 1, height - 1), measures)
        to = cached_to(shown)
        for tile in self._tiles:
            self._draw_tile(shown, tile, to)
        self._hovered = None
        dpg.configure_item(self._hover, show=False)
        self.choose(self._chosen)

    def _draw_tile(self, shown: RequestPreviewed, tile: Tile, to: int | None) -> None:
        look, rect, kind = self._look, tile.rect, self._kind_of(shown, tile)
        tone = KIND_TONES.get(kind, "dim") if kind else "dim"
        colour = look.palette.area(tone)
        if tile.node.children:
            fill = faded(colour, 22 if tile.depth == 0 else 16)
            self._box(rect, fill, faded(colour, 60))
            if tile.header:
                self._header(tile, look.palette.of(tone))
            return
        if tile.more:
            self._box(rect, faded(colour, 30), CLEAR)
            self._label(rect, f"{tile.more:,} more", "", look.palette.dim)
            return
        section = shown.sections[tile.node.key]
        new = to is not None and to < section.end
        strength = STRENGTH[section.view if section.kind == "files" else None]
        self._box(rect, faded(colour, strength), faded(look.palette.amber, 190) if new else CLEAR)
        marks = f"{Icon.PIN} " if section.pinned else ""
        marks += f"{Icon.DOWN} " if self._stepped_down(section) else ""
        self._label(rect, marks + tile.node.label, text.count(section.tokens), look.palette.strong)

    def _kind_of(self, shown: RequestPreviewed, tile: Tile) -> Any:
        """The kind of what a tile holds; of tiles for many small parts it is not known."""
        node = tile.node
        while node.children:
            node = node.children[0]
        return shown.sections[node.key].kind if node.key >= 0 else None

    def _box(self, rect: Rect, fill: Colour, edge: Colour) -> None:
        ends = (rect.x, rect.y), (rect.x + rect.width, rect.y + rect.height)
        dpg.draw_rectangle(*ends, fill=fill, color=edge, rounding=4, parent=self._layer)

    def _header(self, tile: Tile, colour: Colour) -> None:
        look, rect, font = self._look, tile.rect, self._look.fonts.caption
        label = tile.node.label.upper() if tile.depth == 0 else tile.node.label
        tokens = text.count(int(tile.node.weight))
        room = rect.width - look.px(12)
        beside = look.size(f"{label}  {tokens}", font)[0] + look.px(8) <= room
        tone = look.palette.dim if tile.depth else faded(colour, 255)
        self._words(look.fit(label, font, room), rect.x + look.px(6), rect.y + look.px(3), tone, font)
        if beside:
            x = rect.x + rect.width - look.px(6) - look.size(tokens, font)[0]
            self._words(tokens, x, rect.y + look.px(3), look.palette.dim, font)

    def _label(self, rect: Rect, label: str, tokens: str, colour: Colour) -> None:
        look, font = self._look, self._look.fonts.caption
        high = look.size("0", font)[1]
        room = rect.width - look.px(10)
        if rect.height < high + look.px(4) or room < look.px(22):
            return
        words = look.fit_path(label, font, room)
        if len(words.strip(f"…/ {Icon.DOWN}{Icon.PIN}")) >= 2 or words == label:
            self._words(words, rect.x + look.px(5), rect.y + look.px(3), colour, font)
        small_enough = look.size(tokens, font)[0] <= room
        if tokens and small_enough and rect.height >= 2 * high + look.px(7):
            y = rect.y + look.px(4) + high
            self._words(tokens, rect.x + look.px(5), y, faded(look.palette.strong, 190), font)

    def _words(self, words: str, x: float, y: float, colour: Colour, font: Item) -> None:
        self._look.draw(self._layer, (x, y), words, font, colour)

    def _mark(self, item: Item, tile: Tile | None, edge: Colour, fill: Colour) -> None:
        if tile is None:
            dpg.configure_item(item, show=False)
            return
        rect = tile.rect
        dpg.configure_item(
            item,
            show=True,
            pmin=(rect.x, rect.y),
            pmax=(rect.x + rect.width, rect.y + rect.height),
            color=edge,
            fill=fill,
            thickness=self._look.px(2),
        )

    def _under_mouse(self) -> Tile | None:
        if not dpg.is_item_hovered(self._sheet):
            return None
        (x, y), (left, top) = dpg.get_mouse_pos(local=False), dpg.get_item_rect_min(self._sheet)
        return tile_at(self._tiles, x - left, y - top)

    def _write_tip(self, tile: Tile | None) -> None:
        lines = self._tip_lines(tile) if tile is not None and self._shown is not None else []
        lines = [line for line in lines if line[0]]
        for item, line in zip(self._tips, (*lines, *(("", CLEAR),) * TIP_LINES), strict=False):
            dpg.configure_item(item, show=bool(line[0]), color=line[1])
            dpg.set_value(item, line[0])

    def _tip_lines(self, tile: Tile) -> list[tuple[str, Colour]]:
        shown, node = self._shown, tile.node
        assert shown is not None
        tokens = int(node.weight)
        size = f"about {text.plural(tokens, 'token')}"
        cost = part_cost(tokens, shown, self._price)
        size += f"  ·  {cost}" if cost else ""
        if node.key < 0:
            name = f"{tile.more:,} small parts" if tile.more else node.label
            return [(text.one_line(name, 300), self._look.palette.strong), (size, self._look.palette.dim)]
        section = shown.sections[node.key]
        kind = KIND_WORDS[section.kind] + (f"  ·  {section.view}" if section.view else "")
        kind += "  ·  pinned" if section.pinned else ""
        cached = cached_words(shown, section)
        down = self._stepped_down(section)
        why = f"stepped down from {down.wanted}: {text.one_line(down.why, 160)}" if down is not None else ""
        return [
            (section_name(section), self._look.palette.strong),
            (kind, self._look.palette.of(KIND_TONES[section.kind])),
            (size, self._look.palette.dim),
            (cached, self._look.palette.green if "likely cached" in cached else self._look.palette.amber),
            (why.removesuffix(": "), self._look.palette.amber),
        ]

    def _stepped_down(self, section: Section) -> FileState | None:
        return self._stepped.get(section.name) if section.kind == "files" else None

    def _clicked(self, _sender: object, _data: object, _user: object) -> None:
        tile = self._under_mouse()
        if tile is not None and tile.node.key >= 0:
            self._picked(tile.node.key)
