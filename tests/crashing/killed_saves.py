"""Plays save paths and kills, refuses or cuts the power at call after call; prints what went wrong.

    python killed_saves.py KIND EVERY HEAVY [NAME...]

KIND is one or more, joined by "+", of `image` (what a kill and a power cut would leave at each call, looked
at on the way), `kill` (a real one), `fail`, `full` and `short`. Of the faults that there are each `EVERY`-th
is met, of heavy paths each `HEAVY`-th, none for 0. The last line is JSON: how many faults were met, by path,
and what was wrong.
"""

import contextlib
import errno
import gc
import json
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from save_paths import SAVE_PATHS  # noqa: E402  # they lie beside this file
from saving import Doing, SavePath  # noqa: E402
from tracing import Fail, Fault, Kill, Power, Run, Short, Watch, traced, trouble  # noqa: E402

from copilot.projects.home import Home  # noqa: E402

REFUSED: dict[str, tuple[int, ...]] = {
    "open": (errno.ENOSPC, errno.EACCES, errno.EIO, errno.EROFS),
    "write": (errno.ENOSPC, errno.EIO),
    "sync": (errno.EIO, errno.ENOSPC),
    "truncate": (errno.EIO,),
    "rename": (errno.EACCES, errno.ENOSPC, errno.EIO),
    "unlink": (errno.EACCES, errno.EIO),
    "mkdir": (errno.ENOSPC, errno.EACCES),
    "mode": (errno.EPERM,),
}
TRIES = 4


def faults(kind: str, calls: list[str]) -> Iterator[Fault]:
    """All faults of a kind for work that makes these calls.

    A process that is killed after a sync leaves what it leaves before: only a power cut tells them apart.
    """
    for at, (before, call) in enumerate(zip(["", *calls], calls, strict=False), start=1):
        match kind:
            case "kill":
                if before != "sync":
                    yield Kill(at)
                if call == "write":
                    yield Kill(at, half=True)
            case "fail":
                yield from (Fail(at, code) for code in REFUSED[call])
            case "full":
                yield Fail(at, errno.ENOSPC, on=True)
            case "short" if call == "write":
                yield Short(at)
            case _:
                pass
    if kind == "kill":
        yield Kill(len(calls) + 1)  # when all is done, and nothing was closed


class Judge:
    """One path."""

    def __init__(self, path: SavePath, folder: Path) -> None:
        self._path, self._kind, self._folder = path, "", folder
        self._start = folder / "start"
        self._start.mkdir()
        path.before(self._start)
        self.wrong: list[str] = []
        self.met = 0

    def all(self, kinds: str, every: int) -> None:
        """Meet every so many faults of each kind."""
        self._path.play(self._copy("warm"), Doing(lambda _: None))  # loads what is loaded late, once
        self._path.seen(self._copy("warm"))
        gc.freeze()
        calm: Run | None = None
        for self._kind in kinds.split("+"):
            if self._kind == "image":
                self._images(every)
                continue
            calm = calm or self._played(self._copy("live"), None, 1)
            if self._calm(calm):
                for number, fault in enumerate(faults(self._kind, calm.calls)):
                    if number % every == 0:
                        self._meet(fault, calm.calls)

    def _copy(self, name: str, start: Path | None = None) -> Path:
        root = self._folder / name
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(start or self._start, root, symlinks=True)
        return root

    def _played(
        self,
        root: Path,
        fault: Fault | None,
        tries: int,
        power: Power | None = None,
        watch: Watch | None = None,
    ) -> Run:
        """Play in a process of its own."""
        return traced(lambda tell: self._path.play(root, Doing(tell, tries)), fault, power, watch)

    def _calm(self, run: Run) -> bool:
        if run.exit_code == 0 and len(run.told) + 1 == len(self._path.states):
            return True
        self._say("without a fault", f"exit {run.exit_code}, told {run.told}")
        return False

    def _images(self, every: int) -> None:
        """Look at what would be left, from one play."""
        root = self._copy("live")
        power = Power(root)

        def watch(run: Run, half: bool) -> None:
            if len(run.calls) % every:
                return
            where = f"{'in' if half else 'before'} call {len(run.calls)}, {run.calls[-1]}"
            if half or run.calls[-2:-1] != ["sync"]:  # else a kill leaves what it would have left before
                self._judge(f"a kill {where}", self._copy("killed", root), run, [*self._path.between])
            if self._path.power and not half:
                left = self._folder / "left"
                shutil.rmtree(left, ignore_errors=True)
                power.leave(left)
                self._judge(f"a power cut {where}", left, run, [*self._path.between])

        run = self._played(root, None, 1, power, watch)
        if self._calm(run):
            self._judge("the end", root, run, [])
        power.close()

    def _meet(self, fault: Fault, calls: list[str]) -> None:
        root = self._copy("live")
        run = self._played(root, fault, TRIES if self._kind in ("fail", "short") else 1)
        call = calls[fault.at - 1] if fault.at <= len(calls) else "the end"
        where = f"{fault} ({call})"
        raised = [told for told in run.told if told.startswith("raised ")]
        self._judge_run(where, run, [told for told in run.told if told.startswith("refused ")], raised)
        more: list[object] = []
        if not self._path.precious and isinstance(fault, Fail):
            more += self._path.states
        if self._kind in ("kill", "full"):
            more += self._path.between
        if self._kind == "full":
            more += self._path.told
        self._judge(where, root, run, more)

    def _judge(self, where: str, root: Path, run: Run, more: list[object]) -> None:
        """Open what is left and compare."""
        self.met += 1
        done = sum(told.startswith("did ") for told in run.told)
        expected = [*self._path.states[done : done + 2], *more]
        if self._kind in ("fail", "short") and self._path.precious:  # it was tried again
            expected = [self._path.states[-1], *self._path.told]
        try:
            found = self._path.seen(root)
        except Exception as error:  # whatever it is, it is told
            last = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__}: {error} ({last.name}, line {last.lineno})"
            self._say(where, f"after {run.told}: {said}")
            return
        if found not in expected:
            self._say(where, f"after {run.told} there is {found!r} and not one of {expected!r}")
        self._judge_leftovers(where, root)

    def _judge_run(self, where: str, run: Run, refused: list[str], raised: list[str]) -> None:
        gave_up = [told for told in raised if "GaveUpError" in told]
        if len(raised) > len(gave_up):
            self._say(where, f"raised what is no error for a person: {raised[0][-600:]}")
        if gave_up and self._kind != "full":
            self._say(where, f"never got through, though only one call failed: {refused}")
        for told in refused:
            words, _, hint = told.removeprefix("refused ").partition(" | ")
            clear = any(word in words for word in ("failed", "could not", "cannot be"))
            if not clear or not (hint or ":" in words):
                self._say(where, f"this tells nobody what to do: {told}")

    def _judge_leftovers(self, where: str, root: Path) -> None:
        Home(root=root).sweep()
        left = [str(one.relative_to(root)) for one in root.rglob("*") if one.name.endswith((".tmp", ".now"))]
        if [one for one in left if not one.startswith("project")]:
            self._say(where, f"left behind: {left}")

    def _say(self, where: str, words: str) -> None:
        self.wrong.append(f"{self._path.name}, {self._kind}: {where}: {words}")


def main(kinds: str, every: str, heavy: str, *names: str) -> int:
    """Play them all, or those named."""
    if why := trouble():
        print(json.dumps({"trouble": why}))
        return 0
    met: dict[str, int] = {}
    spent: dict[str, float] = {}
    wrong: list[str] = []
    for path in SAVE_PATHS:
        often = int(heavy if path.heavy else every)
        if (names and path.name not in names) or not often:
            continue
        with tempfile.TemporaryDirectory(dir=_memory()) as folder, contextlib.chdir(folder):
            judge = Judge(path, Path(folder).resolve())
            begun = _cpu()
            judge.all(kinds, often)
            spent[path.name] = round(_cpu() - begun, 2)
            met[path.name] = judge.met
            wrong += judge.wrong
    print(json.dumps({"trouble": "", "met": met, "seconds": spent, "wrong": wrong}))
    return 1 if wrong else 0


def _cpu() -> float:
    """Seconds of processor time, children's included."""
    return sum(os.times()[:4])


def _memory() -> str | None:
    """Where a sync costs nothing: what it does is not what is looked at here."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
