"""The menu bar: what the window can do, and at its right end where things stand."""

from collections.abc import Sequence
from dataclasses import dataclass

from copilot.desktop import text
from copilot.desktop.action_table import GROUPS, ActionTable, Group, NamedAction
from copilot.desktop.afar import Afar
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.desktop.widgets import Action, Icon, Look, clear, on
from copilot.vocabulary.commands import SwitchBranch
from copilot.vocabulary.values import ModelChoice

AT_ONCE = 16
"""Entries that are asked in a frame whether they can be chosen: all of them together cost 0.2 ms."""


@dataclass(slots=True)
class _Entry:
    """A line of a menu, and whether it can be chosen."""

    item: Item
    action: NamedAction
    enabled: bool = True


class MenuBar:
    """Made once; `refresh` brings the branches, the models and the status up to date. `afar` is there where
    the project lies on a server."""

    def __init__(
        self,
        look: Look,
        actions: Actions,
        table: ActionTable,
        offers: Sequence[ModelChoice],
        afar: Afar | None = None,
    ) -> None:
        self._look, self._afar = look, afar
        self._actions = actions
        self._offers = tuple(offers)
        self._state = ViewState()
        self._due = self._next = 0
        self._shown: tuple[object, ...] = ()
        self._status_shown: tuple[object, ...] = ()
        bar = dpg.add_viewport_menu_bar(tag="menu")
        look.themes.bind(bar, "menu")
        look.text(Icon.APP, bar, font=look.fonts.body_bold, colour=look.palette.accent)
        look.text("Copilot", bar, font=look.fonts.body_bold, colour=look.palette.strong)
        look.gap(bar, width=4)
        self._table = table
        self._entries: list[_Entry] = []
        self._menus = {
            name: dpg.add_menu(parent=bar, label=name, tag=f"menu.{name.lower()}") for name in GROUPS
        }
        for name in ("Session", "Edit", "View", "Help"):
            self._draw_actions(name)
        self._room = 10
        self._space = dpg.add_spacer(parent=bar, width=10)
        self._status = dpg.add_group(parent=bar, horizontal=True)

    def refresh(self, state: ViewState) -> None:
        """Show the branches, the models and the status."""
        project = state.project
        branches = tuple(b.name for b in project.discussion.branches) if project is not None else ()
        model = self._actions.model()
        shown = (branches, state.branch, model)
        if shown != self._shown:
            self._shown = shown
            self._draw_branches(branches, state.branch)
            self._draw_models(model)
        self._draw_status(state)
        self._due, before, self._state = len(self._entries), self._state, state
        if state is before:  # at rest: there may be no other frame soon
            self._ask(self._due)

    def _draw_actions(self, group: Group) -> None:
        """The named actions of a menu, with their chords."""
        actions = self._table.group(group)
        for action in actions:
            item = dpg.add_menu_item(
                parent=self._menus[group],
                label=action.title,
                shortcut=action.keys,
                callback=on(self._doer(action)),
            )
            self._entries.append(_Entry(item, action))
        dpg.configure_item(self._menus[group], show=bool(actions))

    def _doer(self, action: NamedAction) -> Action:
        return lambda: self._table.do(action)

    def _draw_branches(self, branches: tuple[str, ...], active: str) -> None:
        menu = self._clear("Branch")
        for name in branches:
            item = _entry(menu, "", self._switcher(name))
            self._look.relabel(item, text.label(text.one_line(name, 60)), self._look.fonts.body)
            dpg.configure_item(item, check=True)
            dpg.set_value(item, name == active)

    def _switcher(self, name: str) -> Action:
        def switch() -> None:
            self._shown = ()
            self._actions.submit(SwitchBranch(request_id=self._actions.new_id(), name=name))

        return switch

    def _clear(self, group: Group) -> Item:
        """A menu with nothing but its actions."""
        menu = self._menus[group]
        clear(menu)
        self._entries = [one for one in self._entries if one.action.group != group]
        self._draw_actions(group)
        dpg.configure_item(menu, show=True)
        dpg.add_separator(parent=menu)
        return menu

    def _draw_models(self, model: ModelChoice) -> None:
        menu = self._clear("Model")
        offered = list(dict.fromkeys((*self._offers, model)))
        for offer in offered:
            item = _entry(menu, _name(offer), self._chooser(offer))
            dpg.configure_item(item, check=True)
            dpg.set_value(item, offer == model)

    def _chooser(self, choice: ModelChoice) -> Action:
        def choose() -> None:
            self._shown = ()
            self._actions.choose_model(choice)

        return choose

    def _draw_status(self, state: ViewState) -> None:
        look, font = self._look, self._look.fonts.small
        turn, total = state.turn, state.total()
        server, lost = ("", "") if self._afar is None else (self._afar.server, self._afar.trouble())
        if lost:
            colour, words = look.palette.red, "connection ended" if state.stopped else "no connection"
        elif state.stopped:
            colour, words = look.palette.faint, "stopped"
        elif turn is None:
            colour, words = look.palette.green, "ready"
        else:
            colour = (
                look.palette.amber
                if turn.phase in ("approval", "waiting", "stopping")
                else look.palette.accent
            )
            words = PHASE_WORDS[turn.phase]
        used = f"{text.count(total.input_tokens + total.output_tokens)} tokens"
        branch = f"{Icon.BRANCH}  {text.one_line(state.branch, 30)}"
        there = f"{Icon.PLUG}  {text.one_line(server, 40)}" if server else ""
        shown = (colour, words, used, branch, there)
        if shown == self._status_shown:
            return
        self._status_shown = shown
        clear(self._status)
        for part, tone in (
            *([(there, look.palette.dim)] if there else []),
            (branch, look.palette.dim),
            (Icon.DOT, colour),
            (words, look.palette.dim),
            (used, look.palette.dim),
        ):
            look.text(part, self._status, font=look.fonts.caption if part == Icon.DOT else font, colour=tone)

    def _ask(self, number: int) -> None:
        """Let so many more of the entries look as what can be done now."""
        for _ in range(min(number, self._due)):
            self._due -= 1
            self._next = (self._next + 1) % len(self._entries)
            one = self._entries[self._next]
            enabled = one.action.enabled()
            if one.enabled != enabled:
                one.enabled = enabled
                dpg.configure_item(one.item, enabled=enabled)

    def tick(self) -> bool:
        """Once a frame: keep the status at the right end of the bar. True while it moves."""
        self._ask(AT_ONCE)
        at, size = dpg.get_item_rect_min(self._status), dpg.get_item_rect_size(self._status)
        off = int(dpg.get_viewport_client_width() - self._look.px(14) - at[0] - size[0])
        if size[0] < 2 or abs(off) < 2 or (off < 0 and self._room == 8):
            return False
        self._room = max(8, self._room + off)
        dpg.configure_item(self._space, width=self._room)
        return True


def _entry(parent: Item, label: str, action: Action) -> Item:
    return dpg.add_menu_item(parent=parent, label=label, callback=on(action))


def _name(choice: ModelChoice) -> str:
    return text.label(text.bounded(text.model_name(choice.provider, choice.model), 70))
