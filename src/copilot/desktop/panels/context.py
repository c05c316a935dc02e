"""The context panel: the next request to the byte, as a map, as text, as a diff, and its budget."""

from collections.abc import Callable

from copilot.desktop.action_table import NamedAction
from copilot.desktop.file_choosing import choose_pin, choose_view
from copilot.desktop.file_index import Row
from copilot.desktop.gate import Item, dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.listing import Choosing
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.context_actions import ContextWays, context_actions
from copilot.desktop.panels.context_budget import BudgetActions
from copilot.desktop.panels.context_head import ContextHead, HeadActions, HeadFacts
from copilot.desktop.panels.context_part import PartActions
from copilot.desktop.panels.context_views import ContextViews, KeptViews, Mode, ViewsActions
from copilot.desktop.panels.context_window import ContextWindow
from copilot.desktop.panels.panel import Panel
from copilot.desktop.previewing import Previewing
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Icon, Look, window
from copilot.tokens.prices import Price
from copilot.vocabulary.commands import CountTokens, PreviewRequest, SetBudget, StopCounting
from copilot.vocabulary.events import RequestPreviewed, TokensCounted
from copilot.vocabulary.values import FileState, Project, Standing, View

NO_MESSAGE = "Write a message below: its request then appears here, to the byte."
FIRST = "The request that your next message makes appears here before it is sent, to the byte."


class Context(Panel):
    """The panel `context`. `draft` gives the composer's text, `ticks` seconds. On a `server` the request is
    written there: its parts are shown, not its text."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        draft: Callable[[], str],
        ticks: Callable[[], float],
        server: str = "",
    ) -> None:
        self._actions = actions
        self._draft = draft
        self._ticks = ticks
        self._previewing = Previewing()
        self._state = ViewState()
        self._counting = self._counted_for = ""
        self._counted: TokensCounted | None = None
        self._shown: RequestPreviewed | None = None
        self._budget_shown: tuple[object, ...] = ()
        item = window("context", f"{Icon.CONTEXT}  Context", no_scrollbar=True)
        self._window = ContextWindow(look, item, self._toggle)
        root = self._window.root
        self._head = ContextHead(look, root, HeadActions(self._previewing.again, self._toggle, self._count))
        self._empty = look.text(FIRST, root, font=look.fonts.small, colour=look.palette.dim, wrap=0)
        part = PartActions(self._set_view, self._pin, lambda: self._views.show_mode("text"))
        budget = BudgetActions(self._set_budget, lambda path: self._pin_file(path, pinned=True))
        self._views = ContextViews(look, self._window, ViewsActions(part, budget), server)

    @property
    def large_window(self) -> Item | None:
        """The window over the others, while the panel is shown large in it."""
        return self._window.items[1] if self._window.large else None

    def refresh(self, state: ViewState) -> None:
        """Show the newest preview."""
        self._state = state
        shown = state.preview
        if shown is not None:
            self._previewing.answered(shown.request_id)
        if shown is not None and shown is not self._shown:
            self._shown = shown
            dpg.hide_item(self._empty)
            self._views.show(shown, self._price(shown), {file.path: file for file in self._stepped()})
        self._look_for_count(state)
        if state.project is not None:
            facts = (state.project.limits.max_context_tokens, state.project.rank, self._stepped())
            if facts != self._budget_shown:
                self._budget_shown = facts
                self._views.show_budget(*facts)
        self._show_head()

    def tick(self) -> bool:
        """Once a frame: ask for a preview when it is due, and bring the views to the screen."""
        self._ask_when_due()
        return self._window.tick() and self._views.tick()

    def key(self, press: Press) -> None:
        """A key was pressed anywhere in the window, without a dialog over it."""
        if press.chord.modifiers - {"Shift"}:
            return
        key = press.code
        mine = self._has_keys()
        if mine and not self._views.budget.typing:
            self._own_key(key)

    def keys_to(self) -> Item:
        """The view in front."""
        return self._views.front()

    def own_keys(self) -> tuple[tuple[str, str], ...]:
        """The keys of the views."""
        return (
            ("1", "The map; 2: the text, 3: the diff, 4: the budget"),
            ("Up", "The part above; Down, Left, Right: those beside it"),
            ("Enter", "Read the part word for word; again: back to the map"),
            ("F", "Give the file its full text; S: a summary, N: names, O: nothing"),
            ("P", "Pin the file; in the budget: bring back what stepped down"),
            ("B", "Show the bytes as they are sent"),
            ("R", "Make the preview anew"),
        )

    def escape(self) -> bool:
        """Large goes back into its panel, another view back to the map."""
        if self._window.large:
            self._toggle()
        elif self._views.mode != "map" and self._has_keys():
            self._views.show_mode("map")
            dpg.focus_item(self._views.front())
        else:
            return False
        return True

    def _has_keys(self) -> bool:
        return any(map(dpg.is_item_focused, (*self._window.items, *self._views.boxes())))

    def before_send(self, words: str) -> None:
        """The message is about to be sent: show exactly what is sent, and make room for the answer."""
        project = self._state.project
        if project is not None and self._window.visible() and not self._previewing.knows(self._facts(words)):
            self._ask(project, words)
        if self._window.large:
            self._toggle()

    def kept(self) -> object:
        """The view in front, the chosen part, and what the provider counted."""
        return self._views.kept(), self._counted

    def take_up(self, kept: tuple[KeptViews, TokensCounted | None]) -> None:
        """Show the same."""
        views, self._counted = kept
        self._views.take_up(views)

    def actions(self) -> tuple[NamedAction, ...]:
        """What can be done here by name."""
        views = self._views
        return context_actions(
            ContextWays(
                shown=lambda: self._shown is not None,
                on_file=self._on_file,
                counting=lambda: bool(self._counting),
                mode=self._show_mode,
                resize=self._toggle,
                refresh=self._previewing.again,
                count=self._count,
                raw=views.show_raw,
                part=views.step,
                view=self._set_view,
                pin=self._pin,
                budget=self._to_budget,
                line=lambda by: self._in_budget(lambda: views.budget.step(by)),
                move=lambda by: self._in_budget(lambda: views.budget.move(by)),
                bring_back=lambda: self._in_budget(views.budget.bring_back),
            )
        )

    def _show_mode(self, mode: Mode) -> None:
        self._window.focus()
        self._views.show_mode(mode)

    def _to_budget(self) -> None:
        self._show_mode("budget")
        self._views.budget.type()

    def _in_budget(self, act: Action) -> None:
        self._show_mode("budget")
        act()

    def _on_file(self) -> bool:
        section = self._views.section()
        return section is not None and section.kind == "files"

    def _own_key(self, key: int) -> None:
        views: dict[int, View] = {
            dpg.mvKey_F: "full",
            dpg.mvKey_S: "summary",
            dpg.mvKey_N: "names",
            dpg.mvKey_O: "off",
        }
        budget = self._views.mode == "budget"
        if key == dpg.mvKey_R:
            self._previewing.again()
        elif key in views and not budget:
            self._set_view(views[key])
        elif key == dpg.mvKey_P and not budget:
            self._pin()
        else:
            self._views.key(key)

    def _facts(self, words: str) -> tuple[object, ...]:
        """What a preview depends on."""
        state = self._state
        files = state.listing.files if state.listing is not None else None
        return state.project, state.branch, self._actions.model(), words, self._actions.attached(), files

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
                attachments=self._actions.attached(),
            )
        )

    def _show_head(self) -> None:
        state, shown = self._state, self._shown
        check, project = state.check, state.project
        asked = self._previewing.message_of(check.preview.request_id) if check and check.preview else None
        nothing = not (self._draft().strip() or self._actions.attached() or state.path())
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
                low=self._window.low(),
                counting=bool(self._counting),
                exact=self._exact(),
            )
        )

    def _price(self, shown: RequestPreviewed) -> Price | None:
        """The table is read when there is a request to show: windows open without it."""
        return self._actions.price(shown.model)

    def _count(self) -> None:
        """Have the provider count what is shown, or end that."""
        shown, project = self._shown, self._state.project
        message = self._previewing.message_of(shown.request_id) if shown is not None else None
        if self._counting:
            self._actions.submit(StopCounting(request_id=self._counting))
        elif shown is not None and project is not None and message is not None:
            self._counting, self._counted_for = self._actions.new_id(), shown.request_id
            self._actions.submit(
                CountTokens(
                    request_id=self._counting,
                    project=project,
                    branch=shown.branch,
                    user_message=message,
                    model=shown.model,
                )
            )
        self._show_head()

    def _look_for_count(self, state: ViewState) -> None:
        """Whether the count that was asked for has ended."""
        counted = state.spending.counted
        failed = any(one.request_id == self._counting for one in state.failures)
        if failed or (counted is not None and counted.request_id == self._counting):
            self._counted = None if failed else counted
            self._counting = ""

    def _exact(self) -> int | None:
        """What the provider counted for the request that is shown; None where it did not."""
        shown = self._shown
        if self._counted is None or shown is None or shown.request_id != self._counted_for:
            return None
        return self._counted.tokens

    def _stepped(self) -> tuple[FileState, ...]:
        built = self._state.context
        return built.stepped if built is not None else ()

    def _toggle(self) -> None:
        self._views.toggle()
        self._show_head()

    def _set_view(self, view: View) -> None:
        section = self._views.section()
        if section is not None and section.kind == "files":
            row = Row(section.name, False, 0)
            self._submit(choose_view(self._state.files, row, view, self._actions.new_id))

    def _pin(self) -> None:
        section = self._views.section()
        if section is not None and section.kind == "files":
            self._pin_file(section.name, pinned=not section.pinned)

    def _pin_file(self, path: str, *, pinned: bool) -> None:
        row, new_id = Row(path, False, 0), self._actions.new_id
        self._submit(choose_pin(self._state.files, row, pinned=pinned, off=False, new_id=new_id))

    def _submit(self, change: Choosing | None) -> None:
        if change is not None:
            self._actions.choose_files(change)

    def _set_budget(self, tokens: int, rank: tuple[Standing, ...]) -> None:
        self._actions.submit(
            SetBudget(request_id=self._actions.new_id(), max_context_tokens=tokens, rank=rank)
        )
