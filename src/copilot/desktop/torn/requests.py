"""What torn-off panels ask of the main window, done as if it had been clicked there; and their actions."""

from collections.abc import Callable, Sequence
from pathlib import Path

from copilot.desktop.action_table import ActionTable, NamedAction, chord
from copilot.desktop.controller import Controller
from copilot.desktop.errands import Errands
from copilot.desktop.gate import dpg
from copilot.desktop.intake import Intake
from copilot.desktop.looks import Dress
from copilot.desktop.native import Native
from copilot.desktop.panel_focus import focused_panel
from copilot.desktop.panel_table import PANELS
from copilot.desktop.panels.actions import Actions
from copilot.desktop.panels.chooser import Choice, Question
from copilot.desktop.torn import messages as m
from copilot.desktop.torn.host import HostMeans, TornPanels
from copilot.desktop.torn.monitors import LEAST, monitors, placed
from copilot.desktop.torn.strip import HEIGHT
from copilot.desktop.widgets import Icon
from copilot.desktop.workbench import Workbench
from copilot.projects.home import Home
from copilot.vocabulary.frozen import frozen

PROGRAM = "copilot.desktop.torn.child"
"""The module that the process of a panel runs."""

SHIFTED = 32
"""Pixels by which a window first opens beside the place where its panel was docked."""


@frozen(kw_only=False)
class Requests:
    """`front` brings the main window to the front."""

    actions: Actions
    bench: Workbench
    intake: Intake
    front: Callable[[], None]

    def act(self, panel: str, message: m.ToWindow) -> bool:
        """Do what a panel asks for. False where it could not be done."""
        actions = self.actions
        match message:
            case m.Submit(command=command):
                actions.submit(command)
            case m.SendMessage(words=words):
                return self._send(panel, words)
            case m.StopTurn():
                actions.stop()
            case m.ChooseModel(model=model):
                actions.choose_model(model)
            case m.ChooseNow(change=change):
                actions.choose_files(change)
            case m.Dismiss():
                actions.dismiss()
            case m.Drafted() | m.SetAttached() | m.AttachFiles():
                self._write(message)
            case m.OpenDialog() | m.OpenBeside() | m.OpenNote() | m.Pressed() | m.ShowWindow():
                self._show(message)
            case m.Ready() | m.Moved() | m.DockBack():
                pass  # the host's own
        return True

    def _write(self, message: m.Drafted | m.SetAttached | m.AttachFiles) -> None:
        """What belongs to the message that is being written."""
        composer = self.bench.composer
        match message:
            case m.Drafted(words=words):
                composer.insert(words)
            case m.SetAttached(parts=parts):
                composer.tray.set(tuple(one for one in composer.tray.parts if one in parts))
            case m.AttachFiles(paths=()):
                self.intake.add_picture()
            case m.AttachFiles(paths=paths):
                self.intake.add(map(Path, paths))

    def _show(self, message: m.OpenDialog | m.OpenBeside | m.OpenNote | m.Pressed | m.ShowWindow) -> None:
        """What is seen in the main window."""
        match message:
            case m.OpenDialog(name=name):
                self._open(name)
            case m.OpenBeside(branches=branches):
                self.front()
                self.actions.open_beside(branches)
            case m.OpenNote(source=source, target=target):
                self.front()
                self.actions.open_note(source, target)
            case m.Pressed(keys=keys):
                self._press(keys)
            case m.ShowWindow():
                self.front()

    def _send(self, panel: str, words: str) -> bool:
        if panel != "composer":
            return self.actions.send(words, ())
        self.bench.composer.insert(words)
        return self.bench.composer.send()

    def _open(self, name: m.DialogName) -> None:
        self.front()
        match name:
            case "models":
                self.actions.open_models()
            case "attach":
                self.actions.open_attach()
            case "summary":
                self.actions.sum_up()
            case "graph":
                self.actions.open_graph()
            case "several":
                self.actions.open_several()

    def _press(self, keys: str) -> None:
        """Do the action of a chord, where there is one now; what asks for more is answered in the window."""
        try:
            action = self.bench.table.by_chord(chord(keys))
        except ValueError:
            return
        if action is not None and action.enabled():
            if action.name != "turn.stop":
                self.front()
            self.bench.table.do(action)


def torn_panels(
    home: Home,
    control: Controller,
    requests: Requests,
    errands: Errands,
    native: Native,
    dress: Callable[[], Dress],
    module: str,
) -> TornPanels:
    """The torn-off panels of a window; its workbench knows from then on which are away."""
    bench = requests.bench

    def show(panel: str, docked: bool) -> None:
        if docked:
            bench.away.pop(panel, None)
            dpg.show_item(panel)
            dpg.focus_item(panel)  # its tab comes to the front
        else:
            bench.away[panel] = lambda: torn.tear_off(panel)
            dpg.hide_item(panel)
        control.changed = True

    chords: tuple[ActionTable | None, tuple[str, ...]] = (None, ())

    def facts() -> m.Facts:
        nonlocal chords
        composer, table = bench.composer, bench.table
        if chords[0] is not table:
            chords = (table, tuple(map(str, table.chords())))
        return m.Facts(
            model=control.answering,
            draft=composer.draft,
            attached=composer.tray.parts,
            chords=chords[1],
            keys=control.settings.keys,
            dress=dress(),
        )

    means = HostMeans(
        home=home.root,
        titles={one.name: one.title for one in PANELS},
        state=lambda: control.state,
        facts=facts,
        act=requests.act,
        show=show,
        place=docked_place,
        note=control.note,
        wake=native.wake,
        later=lambda work: errands.add(work, lambda _: None),
        module=module,
        server=control.server,
        own_home=control.afar.own_home if control.afar is not None else None,
    )
    torn = TornPanels(home.state / "torn_off.json", means)
    for panel in torn.remembered():
        show(panel, False)
    return torn


def docked_place(panel: str) -> m.Place:
    """Where the window of a panel first opens: over its docked place, a little to the side."""
    left, top = dpg.get_viewport_pos()
    x, y = dpg.get_item_pos(panel)
    width = max(LEAST[0], dpg.get_item_width(panel))
    height = max(LEAST[1], dpg.get_item_height(panel) + HEIGHT)
    return placed(int(left + x + SHIFTED), int(top + y + SHIFTED), width, height, monitors())


def tear_off_actions(
    torn: Callable[[], TornPanels], ask: Callable[[Question], None]
) -> tuple[NamedAction, ...]:
    """One for the panel that has the keys, one that lists them all, and two for each."""
    last = ""

    def front() -> str:
        """The panel that has the keys, or had them before a menu took them."""
        nonlocal last
        last = focused_panel(one.name for one in PANELS) or last
        return "" if last in torn() else last

    def toggle(panel: str) -> None:
        if panel in torn():
            torn().dock(panel)
        elif panel:
            torn().tear_off(panel)

    def choices() -> Sequence[Choice]:
        return [
            Choice(
                title=one.title,
                run=lambda name=one.name: toggle(name),
                icon=one.icon,
                note="in a window of its own: dock it back" if one.name in torn() else "docked: tear it off",
            )
            for one in PANELS
        ]

    question = Question(hint="Which panel?", choices=choices, icon=Icon.TEAR_OFF)
    return (
        NamedAction(
            name="window.tear_off",
            title="Open the panel in a window of its own",
            run=lambda: toggle(front()),
            keys="Ctrl+Shift+T",
            group="View",
            enabled=lambda: bool(front()),
            why="no panel has the keys",
            words="tear off detach undock native",
        ),
        NamedAction(
            name="window.list",
            title="Panels in windows of their own…",
            run=lambda: ask(question),
            group="View",
            words="tear off detach undock dock back native",
        ),
        *(action for one in PANELS for action in _both(one.name, one.title, torn)),
    )


def _both(name: str, title: str, torn: Callable[[], TornPanels]) -> tuple[NamedAction, NamedAction]:
    """To tear a panel off and to dock it back."""
    return (
        NamedAction(
            name=f"tear_off.{name}",
            title=f"Tear off {title}",
            run=lambda: torn().tear_off(name),
            enabled=lambda: name not in torn(),
            why="it is in a window of its own",
        ),
        NamedAction(
            name=f"dock.{name}",
            title=f"Dock {title} back",
            run=lambda: torn().dock(name),
            enabled=lambda: name in torn(),
            why="it is docked",
        ),
    )
