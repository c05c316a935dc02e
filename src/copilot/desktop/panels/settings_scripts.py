"""The settings' room of scripts: what stands around them, how long they run, what is kept for the undo."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.settings_parts import Choice, Field, Option, card, label, section
from copilot.desktop.preferences import Preferences, Settings
from copilot.desktop.typed import LONGEST_SECONDS, Wrong, above_zero, run_times, run_times_words, whole
from copilot.desktop.widgets import Icon, Look
from copilot.vocabulary.frozen import frozen

_LITTLE_MEMORY_MB = 512
_FEW_PROCESSES = 64
_LONGEST_DAYS = 3_650


@frozen
class _Number:
    """One number: `table` of the settings holds it as `name`."""

    table: str
    name: str
    words: str
    read: Callable[[str], "float | Wrong"]
    note: Callable[[float], str] = lambda _value: ""


_FENCE = (
    _Number(
        table="run",
        name="memory_mb",
        words="Memory (MB)",
        read=whole(0),
        note=lambda mb: "Many programs need more." if 0 < mb < _LITTLE_MEMORY_MB else "",
    ),
    _Number(table="run", name="cpu_seconds", words="CPU time (s)", read=whole(0)),
    _Number(table="run", name="file_mb", words="Largest file (MB)", read=whole(0)),
    _Number(
        table="run",
        name="processes",
        words="Processes, threads",
        read=whole(0),
        note=lambda count: "Many programs need more." if 0 < count < _FEW_PROCESSES else "",
    ),
)
_TIMES = (
    _Number(
        table="limits",
        name="script_seconds",
        words="A script (s)",
        read=above_zero(LONGEST_SECONDS, "seconds"),
    ),
    _Number(
        table="limits",
        name="python_seconds",
        words="A Python file (s)",
        read=above_zero(LONGEST_SECONDS, "seconds"),
    ),
)
_KEPT = (
    _Number(table="snapshots", name="days", words="Days", read=above_zero(_LONGEST_DAYS, "days")),
    _Number(table="snapshots", name="runs", words="Runs of a folder", read=whole(1)),
    _Number(table="snapshots", name="folder_mb", words="Of a folder (MB)", read=whole(1)),
    _Number(table="snapshots", name="all_mb", words="Of all folders (MB)", read=whole(1)),
    _Number(table="snapshots", name="file_mb", words="Files up to (MB)", read=whole(0)),
)


class ScriptsRoom:
    """Made once; `refresh` brings it up to date."""

    def __init__(
        self, look: Look, parent: Item, preferences: Preferences, ticks: Callable[[], float]
    ) -> None:
        self._look = look
        self._preferences = preferences
        self._ticks = ticks
        self._fields: list[tuple[_Number, Field[Any]]] = []
        place = section(
            look,
            parent,
            Icon.TERMINAL,
            "Scripts",
            "What stands around what runs. Each approval shows it, and may change it for that run.",
        )
        self._fence(card(look, place, "settings.fence"))
        self._times(card(look, place, "settings.times"))
        self._kept(card(look, place, "settings.kept"))

    def refresh(self, settings: Settings) -> None:
        """Show what is set."""
        self._confined.show(settings.run.confined)
        self._network.show(settings.run.network)
        dpg.configure_item(self._warned, show=not settings.run.confined)
        for number, field in self._fields:
            value = getattr(getattr(settings, number.table), number.name)
            free = value == 0 and number.table == "run"
            field.show("" if free else f"{value:,}" if isinstance(value, int) else f"{value:g}")
        self._kinds.show(run_times_words(settings.limits.run_seconds))

    def tick(self) -> bool:
        """Once a frame; True while something is still to be kept."""
        waiting = [field.tick() for _, field in self._fields]
        return self._kinds.tick() or any(waiting)

    def fit(self, room: float) -> None:
        """Once a frame: keep within `room` pixels."""
        self._confined.fit(room)
        self._network.fit(room)

    def _fence(self, box: Item) -> None:
        look = self._look
        label(look, box, "Confinement")
        self._confined = Choice(
            look,
            box,
            "settings.confined",
            (Option(True, "Where this machine can", "auto"), Option(False, "Off", "off")),
            lambda on: self._set("run", confined=on),
        )
        self._warned = look.text(
            "Scripts can then do whatever you can: only your reading and a preview come before.",
            box,
            font=look.fonts.small,
            colour=look.palette.amber,
            wrap=0,
            show=False,
            tag="settings.confined.told",
        )
        label(look, box, "Network of a confined script")
        self._network = Choice(
            look,
            box,
            "settings.network",
            (Option(False, "Off", "off"), Option(True, "On", "on")),
            lambda on: self._set("run", network=on),
        )
        label(look, box, "At most, in each process (processes: in a run)")
        self._numbers(box, _FENCE, hint="no limit")

    def _times(self, box: Item) -> None:
        look = self._look
        label(look, box, "Time limits, where a project sets none")
        self._numbers(box, _TIMES)
        label(look, box, "By tool, file type or pattern (s)")
        self._kinds = Field(
            look,
            box,
            "settings.run_seconds",
            read=run_times,
            keep=lambda times: self._set("limits", run_seconds=times),
            ticks=self._ticks,
            hint="tests/** = 900, run_shell = 300, .py = 60",
        )

    def _kept(self, box: Item) -> None:
        look = self._look
        label(look, box, "Kept for the undo; beyond this the oldest runs go")
        self._numbers(box, _KEPT)
        look.text(
            "Time limits, and what is kept: from the next start on.",
            box,
            font=look.fonts.small,
            colour=look.palette.faint,
            wrap=0,
        )

    def _numbers(self, box: Item, numbers: tuple[_Number, ...], *, hint: str = "") -> None:
        """Two in a row, each with its name above it."""
        look = self._look
        table = dpg.add_table(
            parent=box, header_row=False, policy=dpg.mvTable_SizingStretchSame, no_pad_outerX=True
        )
        for _ in range(2):
            dpg.add_table_column(parent=table)
        for at in range(0, len(numbers), 2):
            row = dpg.add_table_row(parent=table)
            for number in numbers[at : at + 2]:
                cell = dpg.add_group(parent=row)
                look.gap(cell, height=1)  # else the second cell's text goes down to the first one's field
                look.text(number.words, cell, font=look.fonts.small, colour=look.palette.dim, wrap=0)
                field: Field[Any] = Field(
                    look,
                    cell,
                    f"settings.{number.table}.{number.name}",
                    read=number.read,
                    keep=self._keeper(number),
                    ticks=self._ticks,
                    hint=hint,
                    note=number.note,
                )
                self._fields.append((number, field))

    def _keeper(self, number: _Number) -> Callable[[float], None]:
        return lambda value: self._set(number.table, **{number.name: value})

    def _set(self, table: str, **values: Any) -> None:
        def change(settings: Settings) -> Settings:
            return replace(settings, **{table: replace(getattr(settings, table), **values)})

        self._preferences.set(change)
