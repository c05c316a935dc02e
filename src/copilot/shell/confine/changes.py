"""What a previewed run did to the project: steps that can be committed, and the same in words."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from copilot.shell.confine.manifest import Entry, Manifest, hash_of
from copilot.vocabulary import diffs
from copilot.vocabulary.confinement import PreviewChange
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import visible

DIFF_BYTES = 400_000
"""A larger file is told by its sizes."""
ALL_DIFFS = 1_000_000
"""Characters of all diffs together; further ones are told by their sizes."""
MOST_CHANGES = 2_000
"""More cannot be read by a person; then nothing can be applied."""


@frozen
class Step:
    """One path and what it was and is: None where there was or is nothing. The hashes are of files."""

    path: str
    before: Entry | None
    after: Entry | None
    old_hash: str = ""
    new_hash: str = ""

    @property
    def replaced(self) -> bool:
        """Whether what was there goes because something of another kind comes."""
        return self.before is not None and self.after is not None and self.before.kind != self.after.kind


def steps_of(before: Manifest, after: Manifest, looked_at: Iterable[str], old: Path, new: Path) -> list[Step]:
    """The differences among the paths `looked_at`, in order of their paths. Raises OSError."""
    found: list[Step] = []
    for path in sorted(set(looked_at)):
        was, now = before.get(path), after.get(path)
        if now is not None and now.kind == "other" and (was is None or was.kind == "other"):
            continue  # a socket of a program that has ended
        step = Step(
            path=path,
            before=was,
            after=now,
            old_hash=hash_of(old / path) if was is not None and was.kind == "file" else "",
            new_hash=hash_of(new / path) if now is not None and now.kind == "file" else "",
        )
        if _differs(step):
            found.append(step)
    return found


def _differs(step: Step) -> bool:
    was, now = step.before, step.after
    if was is None or now is None or was.kind != now.kind:
        return was is not None or now is not None
    if was.kind == "link":
        return was.target != now.target
    if was.kind == "file" and (step.old_hash != step.new_hash or was.mtime_ns != now.mtime_ns):
        return True
    return was.mode != now.mode


def told(steps: Sequence[Step], old: Path, new: Path, clean: Callable[[str], str]) -> list[PreviewChange]:
    """The steps for a person; a file that is gone and is elsewhere is one that moved.

    `clean` takes secrets out of the diffs.
    """
    moved = _moves(steps)
    targets = set(moved.values())
    found: list[PreviewChange] = []
    room = ALL_DIFFS
    for step in steps:
        if step.path in targets:
            continue
        if step.path in moved:
            found.append(PreviewChange(kind="moved", path=shown(moved[step.path]), before=shown(step.path)))
            continue
        for change in _changes(step, old, new, room):
            room -= len(change.diff)
            found.append(_cleaned(change, clean))
    return sorted(found, key=lambda change: (change.path, change.kind))


def shown(path: str) -> str:
    """A path with everything that does not show made visible."""
    return visible(os.fsencode(path).decode("utf-8", "backslashreplace"), keep="")


def _cleaned(change: PreviewChange, clean: Callable[[str], str]) -> PreviewChange:
    return replace(change, diff=clean(change.diff)) if change.diff else change


def _moves(steps: Sequence[Step]) -> Mapping[str, str]:
    """From a file's old path to its new one, where its bytes are in one of each and are not none."""
    gone = {s.old_hash: s for s in steps if s.after is None and s.before is not None and s.before.size > 0}
    moved: dict[str, str] = {}
    for step in steps:
        was = gone.get(step.new_hash) if step.new_hash and step.before is None else None
        if was is None or was.path in moved or was.before is None or step.after is None:
            continue
        if was.before.mode == step.after.mode:
            moved[was.path] = step.path
    return moved


def _changes(step: Step, old: Path, new: Path, room: int) -> list[PreviewChange]:
    path, was, now = shown(step.path), step.before, step.after
    if step.replaced:
        one = Step(path=step.path, before=was, after=None, old_hash=step.old_hash)
        other = Step(path=step.path, before=None, after=now, new_hash=step.new_hash)
        return [*_changes(one, old, new, room), *_changes(other, old, new, 0)]
    if now is None:
        assert was is not None
        kind = "folder_deleted" if was.kind == "folder" else "deleted"
        return [PreviewChange(kind=kind, path=path, **_diff(step, old, new, room))]
    if was is None:
        return [_created(step, now, old, new, room)]
    found: list[PreviewChange] = []
    if now.kind == "link":
        before, after = shown(was.target), shown(now.target)
        return [PreviewChange(kind="link", path=path, before=before, after=after)]
    if step.old_hash != step.new_hash:
        found.append(PreviewChange(kind="changed", path=path, **_diff(step, old, new, room)))
    if was.mode != now.mode:
        found.append(PreviewChange(kind="mode", path=path, before=f"{was.mode:04o}", after=f"{now.mode:04o}"))
    return found or [PreviewChange(kind="touched", path=path)]


def _created(step: Step, now: Entry, old: Path, new: Path, room: int) -> PreviewChange:
    path = shown(step.path)
    match now.kind:
        case "folder":
            return PreviewChange(kind="folder", path=path)
        case "link":
            return PreviewChange(kind="link", path=path, after=shown(now.target))
        case "fifo" | "other":
            note = "a named pipe" if now.kind == "fifo" else "a device or socket; it is not applied"
            return PreviewChange(kind="special", path=path, note=note)
        case "file":
            return PreviewChange(kind="created", path=path, **_diff(step, old, new, room))


def _diff(step: Step, old: Path, new: Path, room: int) -> dict[str, str]:
    """The unified diff, or a note where there is none to be shown."""
    was, now = step.before, step.after
    if (was is None or was.kind != "file") and (now is None or now.kind != "file"):
        return {}
    sizes = " → ".join(f"{entry.size:,} bytes" for entry in (was, now) if entry is not None)
    largest = max(entry.size for entry in (was, now) if entry is not None)
    if largest > DIFF_BYTES or room <= 0:
        return {"note": f"{sizes}, too large to be shown as a diff"}
    before = "" if was is None else _text(old / step.path)
    after = "" if now is None else _text(new / step.path)
    if before is None or after is None:
        return {"note": f"{sizes}, not text"}
    diff = diffs.unified(before, after, shown(step.path), creates=was is None)
    return {"diff": diff} if len(diff) <= room else {"note": f"{sizes}, too large to be shown as a diff"}


def _text(path: Path) -> str | None:
    data = path.read_bytes()
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
