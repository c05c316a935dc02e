"""Finds out what works here by doing it: each level is tried on a project of our own, and what it promises is
checked. What cannot be shown to hold counts as missing."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from copilot.shell.confine.fences import remove, shown_for
from copilot.shell.confine.space import Private, specification
from copilot.vocabulary.confinement import Confinement, RunSettings

_STAGE = """
import sys
sys.path.append(sys.argv.pop(1))
from copilot.shell.confine.stage import main
main()
"""
SECONDS = 20.0
"""A level that takes longer does not work."""
_SCRIPT = 'echo in > made && { { echo out > "$1"; } 2> "$2" || true; } && ! test -e "$3"'
"""Writes in the project, tries to write beside it, and may not see a file in the home folder."""
_PROCESSES = 16
_CROWD = """
import _thread, os
_thread.stack_size(65536)
lock = _thread.allocate_lock()
lock.acquire()
try:
    for _ in range(600):
        _thread.start_new_thread(lock.acquire, ())
except RuntimeError:
    os._exit(0)
os._exit(3)
"""
"""Tries to have more threads, which count like processes, than `_PROCESSES` and what pids are kept for."""

NO_NAMESPACES = "Runs cannot be confined here: that needs the user namespaces of Linux."
COPY_ONLY = (
    "A preview runs in a copy of the project; other folders and the network are within its reach, "
    "as in a real run."
)


def probe(folder: Path, environ: Mapping[str, str], platform: str) -> Confinement:
    """What works, with the private folders of runs made in `folder`. Never raises."""
    if platform != "linux":
        return Confinement(view="copy", missing=(NO_NAMESPACES, COPY_ONLY))
    missing: list[str] = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        import tempfile  # most runs ask nothing anew

        place = Path(os.path.realpath(tempfile.mkdtemp(prefix="probe-", dir=folder)))
    except OSError as error:
        return Confinement(missing=(f"Nothing can be confined or previewed: {error}",))
    try:
        trial = _Trial(place, environ)
        if not trial.trouble("overlay", network=False, processes=True, crowd=True):
            return Confinement(
                view="overlay", files=True, network=True, processes=True, limits=True, crowds=True
            )
        return _one_by_one(trial, missing)
    except OSError as error:
        return Confinement(view="copy", missing=(f"{NO_NAMESPACES} {error}", COPY_ONLY))
    finally:
        remove(Private(folder=place))  # the kernel leaves a folder there that even its owner cannot list


def _one_by_one(trial: "_Trial", missing: list[str]) -> Confinement:
    """Something is missing: what, and what works without it."""
    if why := trial.trouble("project", network=True, processes=False):
        return Confinement(view="copy", missing=(f"Runs cannot be confined here: {why}.", COPY_ONLY))
    network, processes, overlay = (
        trial.trouble("project", network=False, processes=False),
        trial.trouble("project", network=True, processes=True),
        trial.trouble("overlay", network=True, processes=False),
    )
    crowds = not trial.trouble("project", network=True, processes=not processes, crowd=True)
    if network:
        missing.append(f"The network cannot be cut off: {network}.")
    if processes:
        missing.append(f"Runs get no process space of their own: {processes}.")
    if overlay:
        missing.append(f"Previews run in a copy, not in a copy-on-write view: {overlay}.")
    if not crowds:
        missing.append("The number of processes of a run cannot be bounded.")
    return Confinement(
        view="copy" if overlay else "overlay",
        files=True,
        network=not network,
        processes=not processes,
        limits=True,
        crowds=crowds,
        missing=tuple(missing),
    )


class _Trial:
    """A project, a file that is no part of it, and a home with a secret, all in one folder."""

    def __init__(self, place: Path, environ: Mapping[str, str]) -> None:
        self._place = place
        self._root = place / "project"
        self._home = place / "home"
        self._secret = self._home / "secret"
        self._environ = {"PATH": environ.get("PATH", os.defpath), "HOME": str(self._home)}
        self._number = 0
        for one in (self._root, self._home):
            one.mkdir(mode=0o700)
        self._secret.write_text("secret")

    def trouble(
        self, view: Literal["project", "overlay"], *, network: bool, processes: bool, crowd: bool = False
    ) -> str:
        """Why this does not work, "" where it does. With `crowd` a bound on the processes is tried too."""
        self._number += 1
        made, outside = self._root / "made", self._place / f"outside{self._number}"
        private = Private(folder=self._place / str(self._number)).make()
        spec = specification(
            self._root,
            private,
            self._environ,
            view=view,
            settings=RunSettings(processes=_PROCESSES if crowd else 0),
            network=network,
            processes=processes,
            show=shown_for((sys.executable,)),
        )
        ours = str(Path(__file__).parents[3])
        argv = (sys.executable, "-I", "-S", "-c", _STAGE, ours, json.dumps(spec))
        tried = f'{_SCRIPT} && exec "$4" -I -S -c "$5"' if crowd else _SCRIPT
        words = (str(outside), os.devnull, str(self._secret), sys.executable, _CROWD)
        script = ("/bin/sh", "-c", tried, "sh", *words)
        try:
            ran = subprocess.run(
                (*argv, *script),
                env=self._environ,
                cwd=self._root,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return f"it takes longer than {SECONDS:g} s"
        real = made.exists()
        made.unlink(missing_ok=True)
        if ran.returncode:
            said = ran.stderr.decode("utf-8", "replace").strip().splitlines()
            return said[-1][:200] if said and ran.returncode == 126 else "it does not hold what it promises"
        if outside.exists() or real != (view == "project"):
            return "it does not hold what it promises"
        return ""
