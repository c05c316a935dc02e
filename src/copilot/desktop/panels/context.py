"""The context panel: the next request to the byte, as a map, as text, as a diff, and its budget."""

from collections.abc import Callable
from datetime import date
from typing import Literal

from copilot.desktop import palette
from copilot.desktop.file_choosing import choose_pin, choose_view
from copilot.desktop.file_index import Row
from copilot.desktop.gate import dpg
from copilot.desktop.listing import Choosing
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.context_budget import BudgetActions, ContextBudget
from copilot.desktop.panels.context_diff import ContextDiff
from copilot.desktop.panels.context_head import ContextHead, HeadFacts
from copilot.desktop.panels.context_map import ContextMap
from copilot.desktop.panels.context_part import ContextPart, PartActions
from copilot.desktop.panels.context_text import ContextText
from copilot.desktop.panels.context_window import ContextWindow
from copilot.desktop.previewing import Previewing
from copilot.desktop.request_parts import cached_to
from copilot.desktop.treemap import Direction
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, window
from copilot.tokens.prices import Price, Prices, load
from copilot.vocabulary.commands import PreviewRequest, SetBudget
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.values import FileState, Project, Section, Standing, View

Mode = Literal["map", "text", "diff", "budget"]
MODES: tuple[tuple[Mode, str, str], ...] = (
    ("map", "Map", "Each part of the request, its area as its tokens  (1)"),
    ("text", "Text", "Each part word for word  (2)"),
    ("diff", "Diff", "Beside the request before it  (3)"),
    ("budget", "Budget", "What stepped down, and in which order  (4)"),
)
WIDE = 760
"""From this width on (at scale 1) the map stands beside the other views."""

MAP_SHARE = 0.56
LEGEND = "   Amber edges: not in the cache, paid as new"
NO_MESSAGE = "Write a message below: its request then appears here, to the byte."
FIRST = "The request that your next message makes appears here before it is sent, to the byte."


class Context:
    """The panel `context`. `draft` gives the composer's text, `ticks` seconds."""

    def __init__(
        self, look: Look, actions: Actions, draft: Callable[[], str], ticks: Callable[[], float]
    ) -> None:
        self._look = look
        self._actions = actions
        self._draft = draft
        self._ticks = ticks
        self._previewing = Previewing()
        self._state = ViewState()
        self._prices: Prices | None = None
        self._shown: RequestPreviewed | None = None
        self._chosen: tuple[str, str] = ("", "")
        self._mode: Mode = "map"
        self._small_mode: Mode = "map"
        self._placed: tuple[object, ...] = ()
        self._budget_shown: tuple[object, ...] = ()
        item = window("context", f"{Icon.CONTEXT}  Context", no_scrollbar=True)
        self._window = ContextWindow(look, item, self._toggle)
        root = self._window.root
        self._head = ContextHead(look, root, self._previewing.again, self._toggle)
        self._empty = look.text(FIRST, root, font=look.fonts.small, colour=palette.DIM, wrap=0)
        self._tabs = dpg.add_group(parent=root, horizontal=True, horizontal_spacing=look.px(4), show=False)
        look.themes.bind(self._tabs, "segment_line")
        self._buttons = {mode: self._tab(mode, label, tip) for mode, label, tip in MODES}
        self._legend = look.text(LEGEND, self._tabs, font=look.fonts.small, colour=palette.DIM, show=False)
        self._body = dpg.add_group(parent=root, horizontal=True, horizontal_spacing=look.px(14))
        self._left = dpg.add_group(parent=self._body, show=False)
        self._map = ContextMap(look, self._left, self._choose)
        self._part = ContextPart(look, self._left, PartActions(self._set_view, self._pin, self._show_text))
        self._right = dpg.add_group(parent=self._body, show=False)
        self._text = ContextText(look, self._right, self._choose)
        self._diff = ContextDiff(look, self._right)
        self._budget = ContextBudget(look, self._right, BudgetActions(self._set_budget, self._bring_back))

    def refresh(self, state: ViewState) -> None:
        """Show the newest preview."""
        self._state = state
        shown = state.preview
        if shown is not None:
            self._previewing.answered(shown.request_id)
        if shown is not None and shown is not self._shown:
            first, self._shown = self._shown is None, shown
            self._show(shown, first=first)
        project, built = state.project, state.context
        tokens, rank = (project.limits.max_context_tokens, project.rank) if project is not None else (0, ())
        stepped = built.stepped if built is not None else ()
        if (tokens, rank, stepped) != self._budget_shown:
            self._budget_shown = (tokens, rank, stepped)
            self._budget.show(tokens, rank, stepped)
            if self._shown is not None:
                self._map.show(self._shown, self._price(self._shown), self._number(), self._stepped())
        self._show_head()

    def tick(self) -> bool:
        """Once a frame: ask for a preview when it is due, lay out anew what has another size."""
        self._ask_when_due()
        if not self._window.tick() or self._shown is None:
            return False
        self._place()
        if self._mode == "map" or self._wide():
            self._map.tick()
        match self._mode:
            case "map":
                return False
            case "text":
                return self._text.tick()
            case "diff":
                return self._diff.tick()
            case "budget":
                return self._budget.tick()

    def key(self, key: int) -> None:
        """A key was pressed anywhere in the window, without a dialog over it."""
        if any(map(dpg.is_key_down, _CHORDS)):
            return
        if key == dpg.mvKey_F6:
            if self._window.large or self._has_keys():
                self._toggle()
            else:
                self._window.focus()
        elif self._has_keys() and not self._budget.typing:
            self._own_key(key)

    def _tab(self, mode: Mode, label: str, tip: str) -> int | str:
        item = self._look.button(
            label, self._tabs, "segment_off", lambda: self._show_mode(mode), tag=f"context.{mode}_tab"
        )
        self._look.tip(item, tip)
        return item

    def before_send(self, words: str) -> None:
        """The message is about to be sent: what is shown of it must be what is sent."""
        project = self._state.project
        if project is not None and self._window.visible() and not self._previewing.knows(self._facts(words)):
            self._ask(project, words)

    def _facts(self, words: str) -> tuple[object, ...]:
        """What a preview depends on."""
        state = self._state
        files = state.listing.files if state.listing is not None else None
        return state.project, state.branch, self._actions.model(), words, files

    def _ask_when_due(self) -> None:
        state, words = self._state, self._draft()
        if state.project is None:
            return
        possible = state.turn is None and not state.stopped and self._window.visible()
        if self._previewing.due(self._facts(words), self._ticks(), possible=possible):
            self._ask(state.project, words)
            self._show_head()

    def _ask(self, project: Project, words: str) -> None:
        request_id = self._actions.new_id()
        self._previewing.asked(request_id, self._facts(words), words, self._ticks())
        self._actions.submit(
            PreviewRequest(
                request_id=request_id,
                project=project,
                branch=self._state.branch,
                user_message=words,
                model=self._actions.model(),
            )
        )

    def _show(self, shown: RequestPreviewed, *, first: bool) -> None:
        """Bring every view to another request; the chosen part stays where it is still there."""
        number = self._number()
        price = self._price(shown)
        dpg.hide_item(self._empty)
        self._map.show(shown, price, number, self._stepped())
        self._text.show(shown, number)
        self._diff.show(shown, self._text.whole() if shown.changed is not None else "", price)
        self._part.show(shown, self._section(), price, self._wide())
        if first:
            dpg.show_item(self._tabs)
            self._show_mode(self._mode)
        self._placed = ()

    def _show_head(self) -> None:
        state, shown = self._state, self._shown
        check, project = state.check, state.project
        asked = self._previewing.message_of(check.preview.request_id) if check and check.preview else None
        nothing = not self._draft().strip() and not state.path()
        self._head.show(
            HeadFacts(
                shown=shown,
                price=self._price(shown) if shown is not None else None,
                check=check,
                asked=asked,
                used=sum(s.tokens for s in shown.sections if s.kind == "files") if shown is not None else 0,
                budget=project.limits.max_context_tokens if project is not None else 0,
                busy=self._previewing.waiting,
                hint=NO_MESSAGE if nothing and shown is not None and shown.trouble else "",
                large=self._window.large,
                width=self._window.width(),
            )
        )

    def _price(self, shown: RequestPreviewed) -> Price | None:
        if self._prices is None:
            self._prices = load()
        return self._prices.of(shown.model.provider, shown.model.model, date.today())

    def _wide(self) -> bool:
        return self._window.width() >= self._look.px(WIDE)

    def _toggle(self) -> None:
        """Large, where the map has the text beside it, or back as it was."""
        if not self._window.large:
            self._small_mode = self._mode
            self._show_mode("text" if self._mode == "map" else self._mode)
        else:
            self._show_mode(self._small_mode)
        self._window.toggle()
        self._show_head()

    def _show_mode(self, mode: Mode) -> None:
        self._mode = mode
        self._placed = ()

    def _place(self) -> None:
        """Give each view its room, where something about it has changed."""
        look, wide = self._look, self._wide()
        width = self._window.width()
        room = self._window.bottom() - dpg.get_item_rect_min(self._body)[1]
        part = dpg.get_item_rect_size(self._part.item)[1]
        facts = (width, room, part, self._mode, self._window.large)
        if facts == self._placed:
            return
        self._placed = facts
        mode = self._mode
        for name, item in self._buttons.items():
            look.themes.bind(item, "segment_on" if name == mode else "segment_off")
        both = wide and mode != "map"
        dpg.configure_item(self._left, show=wide or mode == "map")
        dpg.configure_item(self._right, show=mode != "map")
        broken = self._shown is not None and cached_to(self._shown) is not None
        dpg.configure_item(self._legend, show=wide and broken)
        for name, item in (
            ("text", self._text.item),
            ("diff", self._diff.item),
            ("budget", self._budget.item),
        ):
            dpg.configure_item(item, show=name == mode)
        left = width * MAP_SHARE if both else width
        right = width - left - look.px(14) if both else width
        self._part.place(left, wide=wide)
        self._map.place(left, max(look.px(50), room - part - look.px(8)))
        for view in (self._text, self._diff, self._budget):
            view.place(right, room, wide=wide)

    def _stepped(self) -> dict[str, FileState]:
        """The files that have a smaller view than was chosen, by path."""
        built = self._state.context
        return {file.path: file for file in built.stepped} if built is not None else {}

    def _number(self) -> int:
        """The number of the chosen section, -1 where it is not in this request."""
        sections = self._shown.sections if self._shown is not None else ()
        return next((n for n, s in enumerate(sections) if (s.kind, s.name) == self._chosen), -1)

    def _section(self) -> Section | None:
        number = self._number()
        return self._shown.sections[number] if self._shown is not None and number >= 0 else None

    def _choose(self, number: int) -> None:
        shown = self._shown
        if shown is None or not 0 <= number < len(shown.sections):
            return
        section = shown.sections[number]
        self._chosen = (section.kind, section.name)
        self._map.choose(number)
        self._text.choose(number)
        self._part.show(shown, section, self._price(shown), self._wide())

    def _set_view(self, view: View) -> None:
        section = self._section()
        if section is not None and section.kind == "files":
            row = Row(section.name, False, 0)
            self._submit(choose_view(self._state.files, row, view, self._actions.new_id))

    def _pin(self) -> None:
        section = self._section()
        if section is not None and section.kind == "files":
            self._pin_file(section.name, pinned=not section.pinned)

    def _bring_back(self, path: str) -> None:
        self._pin_file(path, pinned=True)

    def _pin_file(self, path: str, *, pinned: bool) -> None:
        row = Row(path, False, 0)
        files, new_id = self._state.files, self._actions.new_id
        self._submit(choose_pin(files, row, pinned=pinned, off=False, new_id=new_id))

    def _submit(self, change: Choosing | None) -> None:
        if change is not None:
            self._actions.choose_files(change)

    def _set_budget(self, tokens: int, rank: tuple[Standing, ...]) -> None:
        self._actions.submit(
            SetBudget(request_id=self._actions.new_id(), max_context_tokens=tokens, rank=rank)
        )

    def _show_text(self) -> None:
        self._show_mode("text")

    def _has_keys(self) -> bool:
        boxes = (self._map.box, self._text.list.box, self._text.page.box)
        boxes = (*boxes, self._diff.page.box, self._budget.list.box, *self._window.items)
        return any(map(dpg.is_item_focused, boxes))

    def _own_key(self, key: int) -> None:
        modes: dict[int, Mode] = {
            getattr(dpg, f"mvKey_{number}"): mode for number, (mode, _, _) in enumerate(MODES, 1)
        }
        views: dict[int, View] = {
            dpg.mvKey_F: "full",
            dpg.mvKey_S: "summary",
            dpg.mvKey_N: "names",
            dpg.mvKey_O: "off",
        }
        if key in modes:
            self._show_mode(modes[key])
        elif key == dpg.mvKey_R:
            self._previewing.again()
        elif key == dpg.mvKey_Escape:
            if self._window.large:
                self._toggle()
            else:
                self._show_mode("map")
        elif self._mode == "budget":
            self._budget_key(key)
        elif key in views:
            self._set_view(views[key])
        elif key == dpg.mvKey_P:
            self._pin()
        elif key == dpg.mvKey_B:
            self._text.toggle_raw()
        elif key in (dpg.mvKey_Return, dpg.mvKey_NumPadEnter):
            self._show_mode("map" if self._mode == "text" and not self._wide() else "text")
        else:
            self._move_key(key)

    def _budget_key(self, key: int) -> None:
        moves = {
            dpg.mvKey_Up: lambda: self._budget.step(-1),
            dpg.mvKey_Down: lambda: self._budget.step(1),
            dpg.mvKey_Left: lambda: self._budget.move(-1),
            dpg.mvKey_Right: lambda: self._budget.move(1),
            dpg.mvKey_P: self._budget.bring_back,
            dpg.mvKey_Return: self._budget.bring_back,
        }
        if key in moves:
            moves[key]()

    def _move_key(self, key: int) -> None:
        arrows: dict[int, Direction] = {
            dpg.mvKey_Up: "up",
            dpg.mvKey_Down: "down",
            dpg.mvKey_Left: "left",
            dpg.mvKey_Right: "right",
        }
        pages = {PAGE_UP: -0.9, PAGE_DOWN: 0.9}
        page = self._diff.page if self._mode == "diff" else self._text.page
        if key in pages:
            page.scroll(pages[key])
        elif key not in arrows:
            return
        elif self._mode == "map" or (self._wide() and dpg.is_item_focused(self._map.box)):
            self._map.move(arrows[key])
        elif self._mode == "diff":
            page.scroll({"up": -0.15, "down": 0.15}.get(arrows[key], 0.0))
        elif self._shown is not None:
            self._choose(self._number() + {"up": -1, "down": 1}.get(arrows[key], 0))


PAGE_UP, PAGE_DOWN = 517, 518
"""What the keys arrive as: the library's constants are stale (measured)."""

_CHORDS = tuple(getattr(dpg, f"mvKey_{side}{key}") for side in "LR" for key in ("Control", "Alt"))
