"""What runs changed, in a few words: rows of the log panel, and what the panel of calls says."""

from typing import Literal

from copilot.desktop.text import plural, seconds
from copilot.vocabulary import events as e
from copilot.vocabulary.run_events import RunChange

_NAMED = 4

MARKS = {"created": "+", "changed": "~", "deleted": "−", "moved": "→", "mode": "⋯"}
"""Before a path: what became of it."""


def run_words(event: e.RunChanged | e.SnapshotsCleaned) -> tuple[Literal["info", "good", "warning"], str]:
    """The log's row."""
    match event:
        case e.SnapshotsCleaned(folders=folders, why=why, freed_bytes=freed) if folders:
            named = ", ".join(folders[:_NAMED]) + (", …" if len(folders) > _NAMED else "")
            gone = f"what ran in {named} can no longer be undone"
            return "info", f"{gone} ({why}); {freed / 1_000_000:,.1f} MB came free"
        case e.SnapshotsCleaned(runs=runs, why=why, freed_bytes=freed):
            gone = f"{plural(len(runs), 'older run')} can no longer be undone"
            return "info", f"{gone} ({why}); {freed / 1_000_000:,.1f} MB came free"
        case e.RunChanged(clashes=clashes) if clashes:
            paths = ", ".join(clash.path for clash in clashes[:_NAMED])
            return "warning", f"{done_words(event)}; kept beside your edits: {paths}"
        case e.RunChanged():
            return "good" if event.done in ("undo", "redo", "restore") else "info", done_words(event)


def done_words(event: e.RunChanged) -> str:
    """What was just done, and to how many paths."""
    match event.done:
        case "undo":
            return f"run {event.run} was undone: {plural(len(event.touched), 'path')} written"
        case "redo":
            return f"run {event.run} was done again: {plural(len(event.touched), 'path')} written"
        case "restore":
            return f"went back, as run {event.run}: {plural(len(event.touched), 'path')} written"
        case "run" | "shown":
            return f"run {event.run} changed {_paths(event)}"


def snapshot_words(event: e.SnapshotTaken) -> str:
    """How much a snapshot was."""
    read = f", {event.read_bytes / 1_000_000:,.1f} MB read" if event.read_bytes else ""
    left_out = f", {plural(len(event.left_out), 'thing')} left out" if event.left_out else ""
    return f"snapshot {event.when}: {event.files:,} things{read}{left_out}, {seconds(event.seconds)}"


def change_words(change: RunChange) -> str:
    """One path."""
    ending = "/" if change.thing == "folder" else ""
    source = f"{change.source} → " if change.source else ""
    mode = f"  {change.old_mode:o} → {change.new_mode:o}" if _mode_changed(change) else ""
    return f"{MARKS[change.kind]} {source}{change.path}{ending}{mode}"


def _mode_changed(change: RunChange) -> bool:
    return None not in (change.old_mode, change.new_mode) and change.old_mode != change.new_mode


def _paths(event: e.RunChanged) -> str:
    files = [change for change in event.changes if change.thing != "folder"] or list(event.changes)
    if not files:
        return "nothing"
    named = ", ".join(change_words(change) for change in files[:_NAMED])
    more = len(files) - _NAMED + event.more
    return f"{named}{f' and {more:,} more' if more > 0 else ''}"
