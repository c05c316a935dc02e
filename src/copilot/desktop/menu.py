"""The menu bar: what the window can do, and at its right end where things stand."""

from collections.abc import Callable, Sequence

from copilot.desktop import palette, text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.view_state import PHASE_WORDS, ViewState
from copilot.desktop.widgets import Action, Icon, Look, clear, on
from copilot.vocabulary.commands import SwitchBranch
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice


@frozen(kw_only=False)
class MenuActions:
    """What only the window itself can do."""

    build_context: Action
    new_branch: Action
    reset_layout: Action
    close: Action
    focus: Callable[[str], None]


PANELS = (
    ("files", "Project"),
    ("context", "Context"),
    ("discussion", "Discussion"),
    ("composer", "Composer"),
    ("tools", "Tool calls"),
    ("log", "Log"),
    ("usage", "Usage"),
)


class MenuBar:
    """Made once; `refresh` brings the branches, the models and the status up to date."""

    def __init__(
        self, look: Look, actions: Actions, window: MenuActions, offers: Sequence[ModelChoice]
    ) -> None:
        self._look = look
        self._actions = actions
        self._offers = tuple(offers)
        self._shown: tuple[object, ...] = ()
        self._status_shown: tuple[object, ...] = ()
        bar = dpg.add_viewport_menu_bar(tag="menu")
        look.themes.bind(bar, "menu")
        look.text(Icon.APP, bar, font=look.fonts.body_bold, colour=palette.ACCENT)
        look.text("Copilot", bar, font=look.fonts.body_bold, colour=palette.STRONG)
        look.gap(bar, width=4)
        session = dpg.add_menu(parent=bar, label="Session")
        self._stop = _entry(session, "Stop the turn", actions.stop)
        _entry(session, "Write the context now", window.build_context)
        _entry(session, "Close", window.close)
        self._branches = dpg.add_menu(parent=bar, label="Branch")
        self._models = dpg.add_menu(parent=bar, label="Model", tag="menu.model")
        view = dpg.add_menu(parent=bar, label="View")
        for name, title in PANELS:
            _entry(view, title, _focuser(window.focus, name))
        dpg.add_separator(parent=view)
        _entry(view, "Reset the layout", window.reset_layout)
        self._new_branch = window.new_branch
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

    def _draw_branches(self, branches: tuple[str, ...], active: str) -> None:
        clear(self._branches)
        _entry(self._branches, "New branch from here", self._new_branch)
        _entry(self._branches, "Sum up the earlier messages…", self._actions.sum_up)
        dpg.add_separator(parent=self._branches)
        for name in branches:
            item = _entry(self._branches, text.label(text.one_line(name, 60)), self._switcher(name))
            dpg.configure_item(item, check=True)
            dpg.set_value(item, name == active)

    def _switcher(self, name: str) -> Action:
        def switch() -> None:
            self._shown = ()
            self._actions.submit(SwitchBranch(request_id=self._actions.new_id(), name=name))

        return switch

    def _draw_models(self, model: ModelChoice) -> None:
        clear(self._models)
        offered = list(dict.fromkeys((*self._offers, model)))
        for offer in offered:
            item = _entry(self._models, _name(offer), self._chooser(offer))
            dpg.configure_item(item, check=True)
            dpg.set_value(item, offer == model)
        dpg.add_separator(parent=self._models)
        _entry(self._models, "All models, with windows and prices…", self._actions.open_models)

    def _chooser(self, choice: ModelChoice) -> Action:
        def choose() -> None:
            self._shown = ()
            self._actions.choose_model(choice)

        return choose

    def _draw_status(self, state: ViewState) -> None:
        look, font = self._look, self._look.fonts.small
        turn, total = state.turn, state.total()
        if state.stopped:
            colour, words = palette.FAINT, "stopped"
        elif turn is None:
            colour, words = palette.GREEN, "ready"
        else:
            colour = palette.AMBER if turn.phase in ("approval", "waiting", "stopping") else palette.ACCENT
            words = PHASE_WORDS[turn.phase]
        used = f"{text.count(total.input_tokens + total.output_tokens)} tokens"
        branch = f"{Icon.BRANCH}  {text.one_line(state.branch, 30)}"
        shown = (colour, words, used, branch)
        if shown == self._status_shown:
            return
        self._status_shown = shown
        clear(self._status)
        for part, tone in (
            (branch, palette.DIM),
            (Icon.DOT, colour),
            (words, palette.DIM),
            (used, palette.DIM),
        ):
            look.text(part, self._status, font=look.fonts.caption if part == Icon.DOT else font, colour=tone)

    def tick(self) -> bool:
        """Once a frame: keep the status at the right end of the bar. True while it moves."""
        at, size = dpg.get_item_rect_min(self._status), dpg.get_item_rect_size(self._status)
        off = int(dpg.get_viewport_client_width() - self._look.px(14) - at[0] - size[0])
        if size[0] < 2 or abs(off) < 2 or (off < 0 and self._room == 8):
            return False
        self._room = max(8, self._room + off)
        dpg.configure_item(self._space, width=self._room)
        return True


def _entry(parent: Item, label: str, action: Action) -> Item:
    return dpg.add_menu_item(parent=parent, label=label, callback=on(action))


def _focuser(focus: Callable[[str], None], name: str) -> Action:
    return lambda: focus(name)


def _name(choice: ModelChoice) -> str:
    return text.label(text.bounded(text.model_name(choice.provider, choice.model), 70))
