"""All that is on the screen: the menu bar, the panels and what lies over them, refreshed each frame."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from copilot.assembly.mcp_desk import ServersPort
from copilot.desktop.action_table import ActionTable, NamedAction
from copilot.desktop.afar import Afar, ServerProjects, held
from copilot.desktop.caret import FRAMES
from copilot.desktop.chord_actions import ChordActions
from copilot.desktop.confirm_keys import APPROVAL_KEYS
from copilot.desktop.confirm_window import NAME, ConfirmWindow
from copilot.desktop.documenting import Documenting
from copilot.desktop.drafts import Drafts
from copilot.desktop.errands import Errands
from copilot.desktop.exporting import Exporting
from copilot.desktop.frames import Click, Guard, listening
from copilot.desktop.gate import Item, dpg
from copilot.desktop.going import Going
from copilot.desktop.going_on import GoingOn
from copilot.desktop.intake import Intake
from copilot.desktop.keyboard import Press
from copilot.desktop.mcp_watch import ServerWatch
from copilot.desktop.menu import MenuBar
from copilot.desktop.outside import Outside
from copilot.desktop.own_chords import own_chords, strangers
from copilot.desktop.panel_focus import FocusLine, beside, focused_panel, places
from copilot.desktop.panel_table import BEHIND, PANELS, Needs, PanelKind, made
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.attach_dialog import AttachDialog
from copilot.desktop.panels.beside import Beside
from copilot.desktop.panels.branch_graph import BranchGraph
from copilot.desktop.panels.chooser import Chooser
from copilot.desktop.panels.compact import Compact
from copilot.desktop.panels.composer import Composer
from copilot.desktop.panels.context import Context
from copilot.desktop.panels.discussion import Discussion
from copilot.desktop.panels.model_chooser import ModelChooser
from copilot.desktop.panels.note_dialog import NoteDialog
from copilot.desktop.panels.panel import Over, Panel
from copilot.desktop.panels.projects import Elsewhere, Projects
from copilot.desktop.panels.reach import Reach
from copilot.desktop.panels.search import Search
from copilot.desktop.panels.several import Asked, Several
from copilot.desktop.panels.trust import TrustPanel
from copilot.desktop.playing_back import play_back_actions
from copilot.desktop.preferences import Preferences
from copilot.desktop.project_shelf import ProjectShelf
from copilot.desktop.redress import SETTLING, Kept, strip
from copilot.desktop.searching import Searching
from copilot.desktop.shade import Shade
from copilot.desktop.tab_titles import TabTitles
from copilot.desktop.torn.corners import Corners
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Action, Look, on
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ModelChoice


@frozen
class Means:
    """What the workbench is made from. `own` are the window's own actions; `trouble` hears once of each piece
    that fails; `find_local` looks for servers on this machine, away from the main thread; `clock` gives UTC
    seconds; `afar` is there where the project lies on a server."""

    look: Look
    actions: Actions
    own: Sequence[NamedAction]
    offers: Sequence[ModelChoice]
    find_local: Callable[[Callable[[tuple[ModelChoice, ...]], None]], None]
    errands: Errands
    intake: Intake
    preferences: Preferences
    shelf: ProjectShelf
    elsewhere: Elsewhere
    outside: Outside
    servers: ServersPort | None
    clock: Callable[[], float]
    ask_several: Callable[[Asked], bool]
    trouble: Callable[[str, Exception], None]
    ticks: Callable[[], float]
    afar: Afar | None = None

    @property
    def server(self) -> str:
        """Where the project lies; "" for this machine."""
        return self.afar.server if self.afar is not None else ""


class Workbench:
    """Made once, before the first frame; what it shows is made anew for another look."""

    def __init__(self, means: Means) -> None:
        self._means = means
        self.guarded = Guard(means.trouble)
        self._ticks = means.ticks
        self._again = False
        self._click = Click(means.ticks)
        self._line: FocusLine | None = None
        self._caret = means.look.caret
        self.away: dict[str, Action] = {}
        """The panels that are in windows of their own, and what brings each to the front."""
        self._state = ViewState()
        self._kept: Kept | None = None
        self.drafts = Drafts(means.preferences.home.state / "drafts", means.errands, means.ticks)
        home, keys, projects = means.preferences.home, means.preferences.keys, means.elsewhere.project
        self._searching = Searching(home, keys, means.errands, means.ticks)
        self._documenting = Documenting(means.outside.around, home, keys, means.errands, means.actions.model)
        submit, new_id = means.actions.submit, means.actions.new_id
        self._servers = ServerWatch(means.servers, means.errands, submit, new_id, means.ticks)
        self._guide = Going(home, means.actions, projects, means.clock, means.ticks)
        self._going_on = GoingOn(home, means.actions, means.errands, means.clock, means.ticks)
        self._exporting = Exporting(home, keys, means.errands, means.actions, lambda: self._state, projects)
        self._make(means.look)

    def redress(self, look: Look) -> None:
        """Between two frames: make everything anew in another look; what the person did stays."""
        self._kept = Kept(self._panels)
        caret = self.composer.focused
        strip()
        self._make(look)
        self._kept.give_back(self._panels)
        for panel in self.away:
            dpg.hide_item(panel)
        if caret:
            self._caret.give_to(self.composer.keys_to, SETTLING + FRAMES)
        self._again = True

    def _make(self, look: Look) -> None:
        means, actions = self._means, self._means.actions
        self.own = own_chords(means.preferences.settings.keys)
        self.table = ActionTable(self.own.actions)
        self.chooser = Chooser(look)
        needs = Needs(
            look=look,
            actions=actions,
            table=self.table,
            errands=means.errands,
            intake=means.intake,
            draft=lambda: self.composer.draft,
            home=means.preferences.home,
            ticks=means.ticks,
            preferences=means.preferences,
            drafts=self.drafts,
            documents=self._documenting,
            servers=self._servers,
            open_file=means.elsewhere.open_file,
            go=self.focus,
            tear_off=self._tear_off,
            server=means.server,
        )
        found = {one.name: made(one, needs) for one in sorted(PANELS, key=lambda one: one.name not in BEHIND)}
        self._panels: dict[str, Panel] = {one.name: found[one.name] for one in PANELS}
        composer, context, discussion = (found[name] for name in ("composer", "context", "discussion"))
        assert isinstance(composer, Composer)
        assert isinstance(context, Context)
        assert isinstance(discussion, Discussion)
        self.composer, self.context, self.discussion = composer, context, discussion
        self._make_overs(look)
        self._add_actions()
        self._menu = MenuBar(look, actions, self.table, means.offers, means.afar)
        self._corners, self._titles = Corners(look, self._tear_off), TabTitles(look)
        self._shade = Shade(look)
        self._dialog = ConfirmWindow(look, actions.submit, means.errands.apart, means.server)
        self._keyboard, handlers = listening()
        self._line = FocusLine(look, shown=self._line is not None and self._line.shown)
        dpg.add_mouse_click_handler(parent=handlers, callback=on(self._line.hide))

    def _make_overs(self, look: Look) -> None:
        """The windows that lie over the panels."""
        means, actions = self._means, self._means.actions
        self.attach = AttachDialog(look, means.errands, means.intake, self._attach_folder)
        self.models = ModelChooser(look, actions, means.offers, lambda: means.find_local(self.models.found))
        self.compact = Compact(look, actions)
        self.graph = BranchGraph(look, actions)
        self.beside = Beside(look, actions)
        self.note = NoteDialog(look, actions)
        self.trust = TrustPanel(look, actions)
        self.several = Several(look, actions, means.offers, means.ask_several)
        self.projects = Projects(look, means.errands, means.shelf, means.elsewhere, means.clock)
        afar = means.afar
        self.open_projects = (
            self.projects.open if afar is None else ServerProjects(afar, means.errands, actions.ask).open
        )
        self.search = Search(look, self._searching, lambda hit: self._guide.go(hit, self._state), means.clock)
        self._overs: dict[str, Over] = {
            "the chooser": self.chooser,  # first: any of the others may ask by it
            "the models": self.models,
            "attaching": self.attach,
            "the summary": self.compact,
            "the projects": self.projects,
            "the search": self.search,
            "the graph": self.graph,
            "branches side by side": self.beside,
            "a note": self.note,
            "asking several": self.several,
            "trust": self.trust,
        }

    def _add_actions(self) -> None:
        """Fill the table; the menus are drawn from it."""
        means, preferences = self._means, self._means.preferences
        self._add(means.own)
        self._add(self.trust.actions())
        self._add(self.search.actions())
        self._add(self._exporting.actions())
        home, ask = preferences.home, means.actions.ask
        self._add(play_back_actions(home, means.errands, ask, means.elsewhere.play_back))
        for panel in self._panels.values():
            self._add(panel.actions())
        self._add(_focus(one, number, self.focus) for number, one in enumerate(PANELS, 1))
        self._reach = Reach(self.table, self.chooser, means.actions, self._own_keys)
        self._add(self._reach.actions())
        ask, written = means.actions.ask, lambda: preferences.settings.keys
        self._add(ChordActions(self.table, ask, written, preferences.set_keys).actions())

    def _add(self, actions: Iterable[NamedAction]) -> None:
        afar = self._means.afar
        self.table.add(actions if afar is None else held(actions, afar.server))

    def tick(self, state: ViewState, *, changed: bool) -> bool:
        """Once a frame: bring what changed to the screen. True while something still moves."""
        now = self._ticks()
        self._state = state
        self._keyboard.take(self._hear)
        clicked = self._click.holds()
        self._again |= changed
        if self._again and not clicked:
            self._again = False
            self._reach.refresh(state)
            self.guarded("the menu", lambda: self._menu.refresh(state))
            for name, panel in self._kept_up():
                self._again |= bool(self.guarded(name, lambda p=panel: p.refresh(state)))
            for name, over in self._overs.items():
                self.guarded(name, lambda o=over: o.refresh(state))
        moving = self._again | bool(self.guarded("the menu", self._menu.tick))
        for name, part in (*self._kept_up(), *self._overs.items()):
            moving |= bool(self.guarded(name, part.tick))
        self.guarded("the tabs of panels", self._dress_tabs)
        self.guarded("the shade", self._darken)
        self.guarded("the line around a panel", self._draw_line)
        if self.guarded("going to a message", lambda: self._guide.tick(state, self.discussion)):
            self.focus("discussion")
        self.guarded("going on with a recording", lambda: self._going_on.tick(state))
        moving |= self._kept is not None and self._kept.settle()
        moving |= self._tick_dialog(state, now)
        return bool(self.guarded("the caret", lambda: self._caret.tick(self._front()))) or moving

    def put_away(self) -> None:
        """The window ends: stop what is under way, and keep what was written. Raises StorageError."""
        self._documenting.close()
        self.drafts.flush()

    def key_troubles(self) -> tuple[str, ...]:
        """What of the person's own chords cannot be used, and why."""
        return (*self.own.troubles, *strangers(self.own, (one.name for one in self.table)))

    @property
    def over(self) -> str:
        """What lies over the panels and takes the keys, "" where nothing does."""
        return next((name for name, one in self._overs.items() if one.opened), "")

    def focus(self, name: str) -> None:
        """Bring a panel to the front, and give it the keys."""
        if name in self.away:
            self.away[name]()
            return
        dpg.focus_item(name)
        # What takes a panel's keys can have them only when its window has come to the front.
        self._caret.give_to(lambda: self._panels[name].keys_to())
        if self._line is not None:
            self._line.shown = self._line.keyed

    def step(self, by: int) -> None:
        """Go to the next panel that is in view, or to the one before."""
        names = [name for name, _ in self._here()]
        if name := beside(names, focused_panel(names), by):
            self.focus(name)

    def _front(self) -> Item | None:
        """The window that alone may have the caret; None where it is a panel's."""
        over = self._overs.get(self.over)
        return NAME if self._dialog.open else over.window if over is not None else None

    def _draw_line(self) -> None:
        free = not self.over and not self._dialog.open
        if self._line is not None:
            self._line.place(focused_panel(self._panels) if free and self._line.shown else "")

    def _here(self) -> list[tuple[str, Panel]]:
        """The panels that are in this window."""
        return [(name, panel) for name, panel in self._panels.items() if name not in self.away]

    def _kept_up(self) -> list[tuple[str, Panel]]:
        """The panels that are brought up to date: the composer also while it is away, for it keeps drafts."""
        return [(n, panel) for n, panel in self._panels.items() if n not in self.away or n == "composer"]

    def _tear_off(self, name: str) -> None:
        action = self.table.named(f"tear_off.{name}")
        if action is not None:
            self.table.do(action)

    def _tick_dialog(self, state: ViewState, now: float) -> bool:
        self._dialog.refresh(state.approvals)
        self.guarded("rules", lambda: self._dialog.hear(state))
        done = self.guarded("the approval dialog", lambda: (self._dialog.tick(now),))
        if done is None:
            self._dialog.refuse("the window could not show this request")
            return True
        return bool(done[0])

    def _dress_tabs(self) -> None:
        seen = places(self._panels)
        self._corners.place(seen)
        self._titles.place(seen)

    def _darken(self) -> None:
        """All but what lies over the panels; an approval darkens the whole window by itself."""
        over = self._overs.get(self.over)
        window = over.window if over is not None else self.context.large_window
        self._shade.around(None if self._dialog.open else window)

    def _hear(self, press: Press) -> None:
        """Who gets a key: the approval, else what lies over the panels, else an action, else the panels."""
        modal, escape = self._dialog.open, press.code == dpg.mvKey_Escape
        if self._line is not None:
            self._line.keyed = True
        self._dialog.key(press.code, self._ticks(), alt=self._keyboard.held("Alt"))
        if escape:
            self.composer.escaped()
        if modal:
            return
        over = self._overs.get(self.over)
        if over is not None:
            self.guarded("a key", lambda: over.key(press))
            return
        # A key that repeats itself was meant once: Escape closes one thing and does not go on to stop a turn.
        if escape and (press.again or any(self.guarded("Escape", one.escape) for _, one in self._here())):
            return
        if any(self.guarded("a key", lambda p=panel: p.first(press)) for _, panel in self._here()):
            return
        action = self.table.meant(press.chord, press.shifted)
        if action is not None and action.enabled():
            if not press.again:
                self.guarded(action.title, lambda: self.table.do(action))
            return
        for name, panel in self._here():
            self.guarded(f"a key in {name}", lambda p=panel: p.key(press))

    def _own_keys(self) -> list[tuple[str, str, str]]:
        titles = {one.name: one.title for one in PANELS}
        approval = [("an approval", keys, words) for keys, words in APPROVAL_KEYS]
        return approval + [
            (titles[name], keys, words)
            for name, panel in self._panels.items()
            for keys, words in panel.own_keys()
        ]

    def _attach_folder(self) -> Path:
        project = self._state.project
        here = project is not None and self._means.afar is None
        return Path(project.base_dir) if project is not None and here else Path.home()


def _focus(kind: PanelKind, number: int, focus: Callable[[str], None]) -> NamedAction:
    """Going to a panel; the first nine have chords."""
    return NamedAction(
        name=f"panel.{kind.name}",
        title=f"Go to {kind.title}",
        run=lambda: focus(kind.name),
        keys=f"Ctrl+{number}" if number < 10 else "",
        group="View",
    )
