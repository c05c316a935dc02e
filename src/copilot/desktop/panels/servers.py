"""MCP servers: which there are, how it stands with each, and to the letter what each says of its tools."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import ActionTable, NamedAction, PanelActions
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.mcp_watch import ServerTold, ServerWatch
from copilot.desktop.mcp_words import Said, about_words, detail, state_words, typed_server
from copilot.desktop.palette import CLEAR
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Question, no_choices
from copilot.desktop.panels.panel import Panel
from copilot.desktop.scroll_keys import scroll
from copilot.desktop.segments import Flow
from copilot.desktop.sheet import Line, Sheet
from copilot.desktop.typed import Wrong
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, window

MOST_ROWS = 7
"""Servers in the list without scrolling."""
_EDGES, _FOOT, _LEAST = 28, 22, 90
"""Pixels at scale 1: the panel's edges, below the words, the least of the words."""
_BUTTON = 34
_LOW, _LOW_ROWS, _BAR = 420, 3, 14
"""Pixels at scale 1 of a panel in which all else is small, so that what is trusted is in view; servers in its
list without scrolling; and what the bar takes by which the panel is scrolled."""
_NOTHING = (
    "There is no MCP server yet. A server is a program or an address that offers tools to the model. Add one,"
    " or trust a folder whose .mcp.json names some. None of its tools is offered before you have read what it"
    " says of them and trusted that, and each call asks you."
)
_STYLES = {
    "trust": "primary",
    "file": "primary",
    "refuse": "reject",
    "again": "ghost",
    "remove": "ghost",
    "add": "ghost",
}
_NONE = "no server is chosen"
_OWN = "it is not in your config.toml"


class Servers(Panel):
    """The panel `servers`. `go` brings a panel to the front."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        watch: ServerWatch,
        table: ActionTable,
        go: Callable[[str], None],
    ) -> None:
        self._look, self._actions, self._watch = look, actions, watch
        self._table, self._go = table, go
        self._chosen = ""
        self._shown: tuple[object, ...] = ()
        self._lines: list[Said] = []
        self._item = window("servers", f"{Icon.PLUG}  MCP servers")
        self._head = dpg.add_group(parent=self._item)
        self._nothing = look.text(
            _NOTHING, self._head, font=look.fonts.small, colour=look.palette.dim, wrap=0
        )
        self._list = Sheet(look, self._head, "servers.list", look.fonts.small, picked=self._pick)
        self._address = look.text(
            "",
            self._head,
            font=look.fonts.mono_small,
            colour=look.palette.code,
            wrap=0,
            tag="servers.address",
        )
        self._about = look.text(
            "", self._head, font=look.fonts.small, colour=look.palette.dim, wrap=0, tag="servers.about"
        )
        self._trouble = look.text(
            "", self._head, font=look.fonts.small, colour=look.palette.red, wrap=0, show=False
        )
        self._flow = Flow(look, self._head, padding=_BUTTON, gap=6)
        self._buttons = {
            name: look.button(words, self._flow.first, _STYLES[name], run, tag=f"servers.{name}")
            for name, words, run in (
                ("trust", f"{Icon.CHECK}  Trust these words", lambda: self._answer(trusts=True)),
                ("file", f"{Icon.SHIELD}  Look at the file…", self._show_file),
                ("refuse", "Do not use", lambda: self._answer(trusts=False)),
                ("again", "Try it", self._again),
                ("remove", Icon.TRASH, self._ask_remove),
                ("add", f"{Icon.PLUS}  Add…", self._ask_add),
            )
        }
        look.tip(self._buttons["remove"], "Take it out of config.toml")
        self._flow.add(*self._buttons.values())
        self._low = False
        self._words = Sheet(look, self._item, "servers.words", look.fonts.mono_small)

    def refresh(self, state: ViewState) -> None:
        """Look again while it is looked at."""
        self._watch.opened(state.project)
        if dpg.is_item_visible(self._item):
            self._watch.look()

    def tick(self) -> bool:
        """Once a frame: what is known now, and the room for it."""
        if not dpg.is_item_visible(self._item):
            return False
        look = self._look
        width = float(dpg.get_item_width(self._item) - look.px(_EDGES))
        self._flow.fit(width)
        self._make_small(dpg.get_item_height(self._item) < look.px(_LOW))
        rows = max(1, min(_LOW_ROWS if self._low else MOST_ROWS, len(self._watch.servers)))
        self._list.place(width, rows * self._list.height)
        top = dpg.get_item_rect_max(self._head)[1] - dpg.get_item_pos(self._item)[1]
        height = max(float(look.px(_LEAST)), dpg.get_item_height(self._item) - top - look.px(_FOOT))
        self._words.place(width, height)
        watch = self._watch
        shown = (watch.servers, watch.known, self._chosen, watch.trouble, width, height, self._low)
        moved = shown != self._shown
        if moved:
            top_again = self._shown[:1] != shown[:1] or self._shown[2:3] != shown[2:3]
            self._shown = shown
            self._draw(width, top=top_again)
        return self._list.tick() | self._words.tick() | moved

    def key(self, press: Press) -> None:
        """Up and Down choose a server; the others scroll what it says."""
        boxes = (self._item, self._list.box, self._words.box)
        if not any(map(dpg.is_item_focused, boxes)) or press.chord.modifiers:
            return
        if press.chord.key in ("Up", "Down"):
            self._move(-1 if press.chord.key == "Up" else 1)
        else:
            scroll(press, self._words.box)

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """Choosing, and scrolling."""
        return (
            ("Up", "The server before; Down: the next"),
            ("PageUp", "Scroll what it says; PageDown: down"),
        )

    def kept(self) -> object:
        """The server that is chosen."""
        return self._chosen

    def take_up(self, kept: str) -> None:
        """Choose it again."""
        self._chosen = kept

    def actions(self) -> tuple[NamedAction, ...]:
        """What the buttons do, by name."""

        action = PanelActions("servers", self._go, "mcp server tools model context protocol")

        def in_state(*states: str) -> Callable[[], bool]:
            return lambda: (one := self._one()) is not None and one.state in states

        asked = ("asked", "changed", "refused")
        return (
            action(
                "add",
                "Add an MCP server…",
                self._ask_add,
                lambda: self._watch.can,
                "no project is open",
                menu=True,
            ),
            action("remove", "Remove the chosen MCP server…", self._ask_remove, self._is_own, _OWN),
            action("again", "Try the chosen MCP server", self._again, lambda: self._one() is not None, _NONE),
            action(
                "trust",
                "Trust what the chosen MCP server says",
                lambda: self._answer(trusts=True),
                in_state(*asked),
                "nothing of it waits for trust",
            ),
            action(
                "refuse",
                "Do not use what the chosen MCP server says",
                lambda: self._answer(trusts=False),
                in_state("asked", "changed", "trusted"),
                "there is nothing to refuse",
            ),
        )

    def _one(self) -> ServerTold | None:
        servers = self._watch.servers
        return next(
            (one for one in servers if one.server.name == self._chosen), servers[0] if servers else None
        )

    def _is_own(self) -> bool:
        one = self._one()
        return one is not None and not one.server.project

    def _pick(self, row: int) -> None:
        if 0 <= row < len(self._watch.servers):
            self._chosen = self._watch.servers[row].server.name

    def _move(self, by: int) -> None:
        one = self._one()
        if one is not None:
            self._pick(self._watch.servers.index(one) + by)

    def _draw(self, width: float, *, top: bool) -> None:
        servers, one = self._watch.servers, self._one()
        dpg.configure_item(self._nothing, show=self._watch.known and not servers)
        dpg.configure_item(self._list.box, show=bool(servers))
        dpg.configure_item(self._words.box, show=one is not None)
        self._list.cursor = servers.index(one) if one is not None else -1
        self._list.show(len(servers), self._row, top=False)
        trouble = self._watch.trouble
        dpg.configure_item(self._trouble, show=bool(trouble))
        dpg.set_value(self._trouble, text.one_line(trouble, 400))
        about = about_words(one) if one is not None else ""
        if self._low:  # but never the address: what starts the server is read before it is trusted
            about = self._look.fit(about, self._look.fonts.small, width - self._look.px(_BAR))
        address = text.one_line(one.server.address, 300) if one is not None else ""
        for item, words in ((self._address, address), (self._about, about)):
            dpg.configure_item(item, show=bool(words))
            dpg.set_value(item, words)
        self._show_buttons(one)
        self._lines = detail(one, self._words.columns(width)) if one is not None else []
        if one is not None and one.item is None and not self._lines:
            dpg.hide_item(self._words.box)
        self._words.show(len(self._lines), self._said, top=top)

    def _make_small(self, low: bool) -> None:
        """Smaller buttons where the panel is low, or as they were."""
        if low == self._low:
            return
        self._low = low
        for name, style in _STYLES.items():
            small = "segment_on" if style == "primary" else "segment_off"
            self._look.themes.bind(self._buttons[name], small if low else style)
        self._flow.tighten(20 if low else _BUTTON)

    def _show_buttons(self, one: ServerTold | None) -> None:
        state = one.state if one is not None else ""
        shown = {
            "trust": state in ("asked", "changed", "refused"),
            "file": state == "file",
            "refuse": state in ("asked", "changed", "trusted"),
            "again": state not in ("", "off", "file"),
            "remove": self._is_own(),
            "add": self._watch.can,
        }
        for name, item in self._buttons.items():
            dpg.configure_item(item, show=shown[name])

    def _row(self, number: int) -> Line:
        one = self._watch.servers[number]
        words, tone = state_words(one)
        palette = self._look.palette
        name = f"{one.server.name}   of this folder" if one.server.project else one.server.name
        return Line(name, palette.text, dot=palette.of(tone), right=words)

    def _said(self, number: int) -> Line:
        one, palette = self._lines[number], self._look.palette
        fill = palette.diff_fill(one.fill) if one.fill else None
        return Line(one.words, palette.of(one.tone), fill=fill or CLEAR)

    def _answer(self, *, trusts: bool) -> None:
        one = self._one()
        if one is not None:
            self._watch.answer(one, trusts=trusts)

    def _again(self) -> None:
        one = self._one()
        if one is not None:
            self._watch.again(one.server.name)

    def _show_file(self) -> None:
        action = self._table.named("trust.show")
        if action is not None:
            self._table.do(action)

    def _ask_add(self) -> None:
        def typed(words: str) -> Choice | None:
            server = typed_server(words)
            if server is None:
                return None
            if isinstance(server, Wrong):
                return Choice(title="Add a server", run=lambda: None, icon=Icon.PLUG, why=server.why)
            taken = any(
                one.server.name == server.name and not one.server.project for one in self._watch.servers
            )
            return Choice(
                title=f"Add {server.name}: {text.one_line(server.address, 120)}",
                run=lambda: self._added(server.name, lambda: self._watch.add(server)),
                icon=Icon.PLUG,
                why="there is a server of this name" if taken else "",
            )

        self._actions.ask(
            Question(
                hint="files npx -y @modelcontextprotocol/server-filesystem .",
                choices=no_choices,
                typed=typed,
                icon=Icon.PLUG,
                nothing="A name, and behind it what starts the server, or its address (https://…).",
                foot="Variables, headers and time limits: [mcp_servers.NAME] in config.toml",
            )
        )

    def _added(self, name: str, run: Action) -> None:
        self._chosen = name
        run()

    def _ask_remove(self) -> None:
        one = self._one()
        if one is None or one.server.project:
            return
        name = one.server.name
        remove = Choice(
            title=f"Remove {name} from config.toml",
            run=lambda: self._watch.remove(name),
            icon=Icon.TRASH,
        )
        self._actions.ask(
            Question(
                hint=f"Remove {name}?",
                choices=lambda: (remove,),
                icon=Icon.TRASH,
                foot="What it said stays trusted, should it come back with the same words",
            )
        )
