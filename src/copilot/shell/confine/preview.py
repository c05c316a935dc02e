"""A run against a view of the project: what it printed, what it changed, kept until applied or discarded."""

import os
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from copilot.shell import shell_runner
from copilot.shell.confine import changes, copying, manifest
from copilot.shell.confine.commit import changed_meanwhile, commit
from copilot.shell.confine.fences import Fences, remove, shown_for
from copilot.shell.confine.manifest import Entry, Manifest
from copilot.shell.confine.space import Private
from copilot.shell.confine.work import take_back_left
from copilot.shell.shell_runner import Outcome
from copilot.storage.redaction import Redactor
from copilot.vocabulary.confinement import PreviewChange, ViewKind
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import field, frozen, mutable, replace

MOST_WRITTEN = 2_000_000_000
"""Bytes that a preview may write; it is stopped when it has more."""
_LOOK_SECONDS = 1.0
_MOST_OUTSIDE = 50
_ACROSS = ("cross-device link", "EXDEV", "[Errno 18]")
"""What programs say when a folder of the lower layer is to be renamed, which an overlay refuses."""

Prepare = Callable[[Path], Sequence[str]]
"""Makes ready what is to run in a private folder, checked against the project's copy there; its arguments."""


@frozen
class Job:
    """What to preview. `argv` is told a private folder for files of its own. `keys` never get out."""

    root: Path
    argv: Prepare
    env: Mapping[str, str]
    timeout_seconds: float
    cancelled: Callable[[], bool]
    keys: Collection[str] = ()


@mutable(kw_only=True)
class Held:
    """A preview that ran. `refused` says why it cannot be applied, "" where it can."""

    root: Path
    name: str
    private: Private
    journals: Path
    view: ViewKind
    new: Path
    before: Manifest
    own: Collection[str]
    outcome: Outcome
    steps: Sequence[changes.Step]
    changes: tuple[PreviewChange, ...]
    outside: tuple[str, ...]
    unseen: tuple[str, ...]
    notices: tuple[str, ...]
    refused: str

    def stale(self) -> str:
        """Which files are not as they were when it began; "" where all are. Raises ToolError, OSError."""
        now = manifest.scan(self.root, left_out=self.own)
        found = changed_meanwhile(self.before, now, self.steps, self.root)
        if not found:
            return ""
        names = ", ".join(changes.shown(path) for path in found[:5])
        more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
        return f"changed since the preview: {names}{more}. Preview it again; nothing was applied."

    def apply(self) -> None:
        """Commit exactly what was shown. Raises ToolError where something changed, StorageError."""
        if self.refused:
            raise ToolError(f"the preview cannot be applied: {self.refused}")
        try:
            stale = self.stale()
        except OSError as error:
            raise ToolError(f"the project cannot be compared with the preview: {error}") from error
        if stale:
            raise ToolError(stale)
        commit(self.root, self.new, self.steps, self.journals)

    def discard(self) -> None:
        """Remove every trace; the project was never touched."""
        remove(self.private)


@mutable(kw_only=True)
class _Run:
    """One attempt at a preview with one kind of view."""

    fences: Fences
    job: Job
    private: Private
    view: ViewKind
    before: Manifest
    unseen: list[str] = field(default_factory=list[str])
    notices: list[str] = field(default_factory=list[str])
    left_out: Collection[str] = ()
    copied: Manifest = field(default_factory=dict[str, Entry])
    _looked_at: float = 0.0
    _too_much: bool = False

    @property
    def new(self) -> Path:
        """Where the new files lie."""
        return self.private.upper if self.view == "overlay" else self.private.copy

    def prepare(self) -> None:
        """Copy what has to be copied; give the upper layer the project's own mode."""
        root = self.job.root
        if self.view == "overlay":
            self.private.upper.chmod(root.stat().st_mode & 0o7777)
            return
        self.left_out = copying.what_is_left_out(self.before)
        listing = _without(self.before, self.left_out)
        fenced = self.fences.here().files
        copying.copy_tree(
            root, self.private.copy, listing, links_inside=not fenced, cancelled=self.job.cancelled
        )
        self.copied = manifest.scan(self.private.copy, cancelled=self.job.cancelled)

    def run(self) -> Outcome:
        """Run the program; its output is kept in memory alone."""
        job, here = self.job, self.fences.here()
        files = self.private.folder / "script"
        files.mkdir(mode=0o700, exist_ok=True)
        argv = tuple(job.argv(files))
        cwd, fence, env = job.root, None, dict(job.env)
        if here.files:
            fence = self.fences.specified(
                job.root,
                self.private,
                "overlay" if self.view == "overlay" else "copy",
                network=not here.network,
                show=(*shown_for(argv), files),
            )
            env |= {"TMPDIR": "/tmp"}  # the private one
        else:
            cwd = self.private.copy
            for name in ("HOME", "USERPROFILE"):
                env |= {name: str(self.private.home)} if name in env else {}
            env |= {name: str(self.private.temp) for name in ("TMPDIR", "TEMP", "TMP")}
        return shell_runner.run(
            argv,
            cwd=cwd,
            env=env,
            timeout_seconds=job.timeout_seconds,
            cancelled=self._stop,
            output=lambda _stream, _text: None,
            new_filter=Redactor(job.keys).stream,
            fence=fence,
        )

    def steps(self) -> list[changes.Step]:
        """What it changed. Raises ToolError, OSError."""
        if self.view == "overlay":
            after, looked_at = manifest.after_overlay(self.before, self.new)
            return changes.steps_of(self.before, after, looked_at, self.job.root, self.new)
        now = manifest.scan(self.new)
        looked_at = manifest.after_copy(self.copied, now)
        if not self.fences.here().files:
            now = {path: _turned_back(entry, self.new, self.job.root) for path, entry in now.items()}
        return changes.steps_of(self.before, now, looked_at, self.job.root, self.new)

    def _stop(self) -> bool:
        if time.monotonic() > self._looked_at + _LOOK_SECONDS:
            self._looked_at = time.monotonic()
            if _size(self.private.folder, MOST_WRITTEN) > MOST_WRITTEN:
                self._too_much = True
                self.notices.append(f"It was stopped: it wrote more than {MOST_WRITTEN / 1e9:g} GB.")
        return self._too_much or self.job.cancelled()


def preview(fences: Fences, job: Job, name: str) -> Held:
    """Run `job` against a view of its project. Raises ToolError, TurnCancelledError; nothing is left then."""
    job = _resolved(job)
    try:
        notices = take_back_left(job.root, fences.journals)
        before = manifest.scan(job.root, left_out=fences.own_inside(job.root), cancelled=job.cancelled)
        view, unseen = _view(fences, before)
        try:
            return _attempt(fences, job, name, before, view, unseen, notices)
        except _CannotRenameError:
            notices.append("It ran again in a copy: a copy-on-write view cannot rename folders.")
            return _attempt(fences, job, name, before, "copy", unseen, notices)
    except OSError as error:
        raise ToolError(f"the preview could not be made: {error}") from error


class _CannotRenameError(Exception):
    """The script met the one thing that an overlay does differently, and a copy can be had."""


def _view(fences: Fences, before: Manifest) -> tuple[ViewKind, list[str]]:
    view = fences.here().view
    if view == "none":
        raise ToolError("no preview works on this machine")
    shared = manifest.shared_files(before)
    if view == "overlay" and shared:
        if _may_be_copied(before):
            return "copy", []
        names = ", ".join(changes.shown(path) for path in shared[0][:3])
        return view, [f"Hard links are not kept here: {names} are one file, and would change together."]
    return view, []


def _attempt(
    fences: Fences,
    job: Job,
    name: str,
    before: Manifest,
    view: ViewKind,
    unseen: Sequence[str],
    notices: Sequence[str],
) -> Held:
    private = fences.private(job.root)
    run = _Run(fences=fences, job=job, private=private, view=view, before=before)
    try:
        run.prepare()
        outcome = run.run()
        if view == "overlay" and _says_across(outcome) and _may_be_copied(before):
            raise _CannotRenameError
        steps = run.steps()
        told = changes.told(steps, job.root, run.new, Redactor(job.keys).text)
        return Held(
            root=job.root,
            name=name,
            private=private,
            journals=fences.journals or private.folder.parent,
            view=view,
            new=run.new,
            before=_without(before, run.left_out),
            own=(*fences.own_inside(job.root), *run.left_out),
            outcome=outcome,
            steps=steps,
            changes=tuple(told[: changes.MOST_CHANGES]),
            outside=tuple(_outside(private)),
            unseen=(*unseen, *_unseen(fences, run)),
            notices=(*notices, *run.notices, *outcome.notices),
            refused=_refused(outcome, len(told)),
        )
    except BaseException:
        remove(private)
        raise


def _resolved(job: Job) -> Job:
    return replace(job, root=Path(os.path.realpath(job.root)))


def _refused(outcome: Outcome, told: int) -> str:
    if told > changes.MOST_CHANGES:
        return f"it makes {told:,} changes, which is more than can be shown"
    if outcome.cancelled:
        return "it was stopped before its end"
    return "it took too long and was stopped" if outcome.timed_out else ""


def _unseen(fences: Fences, run: _Run) -> list[str]:
    """What this level cannot see or do, in plain words."""
    here = fences.here()
    found: list[str] = []
    if run.left_out:
        names = ", ".join(changes.shown(path) for path in sorted(run.left_out)[:5])
        found.append(f"The project is large, so these were left out of the copy: {names}.")
    if not here.files:
        found.append(
            "What it did by absolute path, outside the project or over the network it really did; "
            "none of that is seen here."
        )
        return found
    if not here.network:
        found.append("The network could not be cut off; what it did there it really did.")
    else:
        found.append("It had no network: whatever needs one failed here, and may do more in a real run.")
    found.append(
        "Writes to other folders were refused, and are seen only in what it printed; "
        "what it wrote to the home and temp folders went nowhere."
    )
    if mounts := _mounts_below(run.job.root):
        found.append(f"Other file systems in the project were not part of it: {', '.join(mounts)}.")
    return found


def _mounts_below(root: Path) -> list[str]:
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    places = [words[4] for line in lines if len(words := line.split(" ")) > 4]
    return [changes.shown(place) for place in places if place.startswith(f"{root}/")]


def _outside(private: Private) -> list[str]:
    """What it wrote to the home and temp folders, which were private ones."""
    found: list[str] = []
    for folder, name in (
        (private.home, "~"),
        (private.temp, "/tmp"),
        (private.folder / "var_tmp", "/var/tmp"),
    ):
        for path, entry in sorted(manifest.scan(folder).items()):
            if entry.kind == "file" and entry.size:
                found.append(f"{name}/{changes.shown(path)} ({entry.size:,} bytes)")
    if len(found) > _MOST_OUTSIDE:
        found[_MOST_OUTSIDE:] = [f"and {len(found) - _MOST_OUTSIDE:,} more files"]
    return found


def _says_across(outcome: Outcome) -> bool:
    return any(word in outcome.stderr or word in outcome.stdout for word in _ACROSS)


def _may_be_copied(before: Manifest) -> bool:
    try:
        return not copying.what_is_left_out(before)
    except ToolError:
        return False


def _without(listing: Manifest, left_out: Collection[str]) -> Manifest:
    if not left_out:
        return listing
    inside = tuple(f"{path}/" for path in left_out)
    gone = set(left_out)
    return {p: entry for p, entry in listing.items() if p not in gone and not p.startswith(inside)}


def _turned_back(entry: Entry, copy: Path, root: Path) -> Entry:
    if entry.kind != "link" or not entry.target.startswith(str(copy)):
        return entry
    return replace(entry, target=str(root) + entry.target[len(str(copy)) :])


def _size(folder: Path, most: int) -> int:
    """Bytes on disk below a folder, counted up to a little over `most`."""
    total, todo = 0, [str(folder)]
    while todo and total <= most:
        try:
            with os.scandir(todo.pop()) as entries:
                for one in entries:
                    if one.is_dir(follow_symlinks=False):
                        todo.append(one.path)
                    else:
                        total += getattr(one.stat(follow_symlinks=False), "st_blocks", 0) * 512
        except OSError:
            continue
    return total
