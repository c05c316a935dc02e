"""The branches as a graph: a box for each, joined where one left another; over the whole window.

Boxes can be dragged. A click marks one, Enter or its button goes there.
"""

from collections.abc import Sequence

from copilot.desktop import text
from copilot.desktop.branch_rows import BranchRow, branch_rows, row_facts
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.panel import Over
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.commands import SwitchBranch

WIDTH, HEIGHT = 2_400, 1_400
ACROSS, DOWN = 300, 118
"""Pixels at scale 1 from one box to the next."""

MOST = 300
"""Boxes; the rest is in the list of branches."""


class BranchGraph(Over):
    """Made once; `open` shows it."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self._state = ViewState()
        self._facts: tuple[object, ...] = ()
        self._shown: tuple[BranchRow, ...] | None = None
        self._nodes: dict[Item, BranchRow] = {}
        self._over = Overlay(look, "graph", WIDTH, HEIGHT)
        window = self._over.window
        head = look.row(window, look.widths((Icon.CLOSE,), look.fonts.small, 12))
        look.text(Icon.BRANCH, head.left, colour=look.palette.accent)
        look.text("Branches", head.left, font=look.fonts.body_bold, colour=look.palette.strong)
        self._words = look.text("", head.left, font=look.fonts.small, colour=look.palette.dim)
        look.icon_button(Icon.CLOSE, head.right, self.close, "Close", tag="graph.close")
        # The editor takes the colours of its ground from what it lies in, not from its own theme.
        ground = look.themes.bind(dpg.add_group(parent=window), "graph_map")
        ground = look.themes.bind(dpg.add_group(parent=ground), "graph")
        self._editor = dpg.add_node_editor(
            parent=ground,
            tag="graph.editor",
            minimap=True,
            minimap_location=dpg.mvNodeMiniMap_Location_BottomRight,
            width=-1,
            height=-1,
        )

    def open(self) -> None:
        """Show the branches as they are now."""
        self._over.show()
        self._draw()

    def close(self) -> None:
        """Hide it."""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Show what changed."""
        self._state = state
        if self.opened:
            self._draw()

    def key(self, press: Press) -> None:
        """Enter goes to the marked branch, Escape closes."""
        if press.chord.key == "Escape":
            self.close()
        elif press.chord.key == "Enter":
            marked = [
                self._nodes[node] for node in dpg.get_selected_nodes(self._editor) if node in self._nodes
            ]
            if marked:
                self._go(marked[0])

    def _draw(self) -> None:
        facts = row_facts(self._state)
        if facts == self._facts:
            return
        self._facts, rows = facts, branch_rows(self._state)
        if rows == self._shown:
            return
        moved = {row.name: dpg.get_item_pos(node) for node, row in self._nodes.items()}
        self._shown = rows
        dpg.delete_item(self._editor, children_only=True)
        self._nodes.clear()
        more = f", of which {MOST} are shown" if len(rows) > MOST else ""
        dpg.set_value(self._words, f"{len(rows):,} in this project{more}")
        self._draw_boxes(rows[:MOST], moved)

    def _draw_boxes(self, rows: Sequence[BranchRow], moved: dict[str, list[int]]) -> None:
        look, px = self._look, self._look.px
        ends: dict[str, Item] = {}
        for number, row in enumerate(rows):
            place = [px(24 + ACROSS * row.depth), px(24) + px(DOWN) * number]
            place = moved.get(row.name, place)
            node = dpg.add_node(
                parent=self._editor,
                pos=place,
                tag=f"graph.node.{number}",
            )
            look.relabel(node, text.label(text.one_line(row.name, 36)), look.fonts.body)
            self._nodes[node] = row
            self._look.themes.bind(node, "graph_active" if row.active else "graph")
            begin, end = self._fill(node, row, number)
            ends[row.name] = end
            if row.parent in ends:
                link = dpg.add_node_link(ends[row.parent], begin, parent=self._editor)
                self._look.themes.bind(link, "graph")

    def _fill(self, node: Item, row: BranchRow, number: int) -> tuple[Item, Item]:
        """What a box says; the two places where lines meet it."""
        look = self._look
        begin = dpg.add_node_attribute(parent=node, attribute_type=dpg.mvNode_Attr_Input)
        look.text(row.facts, begin, font=look.fonts.small, colour=look.palette.dim)
        end = dpg.add_node_attribute(parent=node, attribute_type=dpg.mvNode_Attr_Output)
        line = dpg.add_group(parent=end, horizontal=True)
        if row.phase:
            look.text(row.phase, line, font=look.fonts.small, colour=look.palette.of(row.tone))
        if row.active:
            look.text("shown now", line, font=look.fonts.small, colour=look.palette.accent_bright)
        else:
            look.button("Go to it", line, "segment_off", lambda: self._go(row), tag=f"graph.go.{number}")
        return begin, end

    def _go(self, row: BranchRow) -> None:
        self.close()
        if not row.active:
            self._actions.submit(SwitchBranch(request_id=self._actions.new_id(), name=row.name))
