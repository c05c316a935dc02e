"""What stands between a script and the rest of the machine: what works here, what one run gets."""

from typing import Literal

from copilot.vocabulary.frozen import field, frozen

ViewKind = Literal["overlay", "copy", "none"]
"""How a preview sees the project: a copy-on-write layer, a copy of its files, or not at all."""

ChangeKind = Literal[
    "created", "changed", "deleted", "moved", "mode", "link", "folder", "folder_deleted", "touched", "special"
]


@frozen
class RunSettings:
    """`[run]` of `config.toml`. `confined`: fence in what can be. `network`: leave it on in confined runs.

    The limits hold for each process of a confined run: private memory in MB, CPU seconds, the largest file in
    MB; and `processes` for all of them together, threads counted. 0 sets none.
    """

    confined: bool = True
    network: bool = False
    memory_mb: int = 8192
    cpu_seconds: int = 3600
    file_mb: int = 4096
    processes: int = 2048
    """The default of Podman's `--pids-limit`."""


@frozen
class Confinement:
    """What works on this machine, as probed.

    `files`: writes only in the project and a private temp folder, the secrets of the home folder hidden.
    `network` can be cut off; `processes` have a space of their own and end with it; `limits` on memory, CPU
    time and file size hold; `crowds`: the number of processes is bounded. `missing` are sentences, one for
    each thing that does not work, with its reason.
    """

    view: ViewKind = "none"
    files: bool = False
    network: bool = False
    processes: bool = False
    limits: bool = False
    crowds: bool = False
    missing: tuple[str, ...] = ()


@frozen
class Fence:
    """How one run is to be fenced in, as the person is shown it, and may change it for this run.

    `confined` False: it can do whatever the person can. `network`: whether it has any. `here` is what this
    machine can do.
    """

    confined: bool = False
    network: bool = True
    here: Confinement = field(default_factory=Confinement)


@frozen
class PreviewChange:
    """One change of a preview, in words for the person. `path` is relative, escaped where it must be.

    `before` is where a moved file was, the old mode of a "mode", or the old target of a "link"; `after` the
    new mode or target. `diff` is a unified diff where both sides are text; `note` says what cannot be shown.
    """

    kind: ChangeKind
    path: str
    before: str = ""
    after: str = ""
    diff: str = ""
    note: str = ""


_CHANGE_WORDS: dict[ChangeKind, str] = {
    "created": "new file {path}",
    "changed": "changed {path}",
    "deleted": "deleted {path}",
    "moved": "moved {before} to {path}",
    "mode": "mode of {path}: {before} to {after}",
    "link": "link {path} to {after}",
    "folder": "new folder {path}",
    "folder_deleted": "deleted folder {path}",
    "touched": "touched {path}: only its time changes",
    "special": "new {path}",
}


def change_words(change: PreviewChange) -> str:
    """One line: what happened to the path."""
    words = _CHANGE_WORDS[change.kind].format(path=change.path, before=change.before, after=change.after)
    if change.kind == "link" and change.before:
        words += f" (was {change.before})"
    return f"{words} ({change.note})" if change.note else words


def fence_words(fence: Fence) -> str:
    """One line: what stands between this run and the rest of the machine."""
    if not fence.confined:
        able = "" if fence.here.files else " (this machine cannot confine it)"
        return f"not confined: it can do whatever you can{able}"
    network = "network on" if fence.network else "no network"
    return f"confined: writes only in the project and a private temp folder, {network}, home secrets hidden"


def view_words(view: ViewKind, here: Confinement) -> str:
    """One line: what a preview at this level is."""
    match view:
        case "overlay":
            return "a copy-on-write view of the project, without network; nothing outside can be written"
        case "copy" if here.files:
            return "a copy of the project in its place, without network; nothing outside can be written"
        case "copy":
            return (
                "a copy of the project only: what the script does by absolute path, in other folders or over "
                "the network, it really does"
            )
        case "none":
            return "no preview works on this machine"
