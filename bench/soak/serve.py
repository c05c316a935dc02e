"""Fifty users of one `copilot serve` on this machine, one of whom means harm to the others.

    unshare --pid --fork --kill-child --mount-proc .venv/bin/python bench/soak/serve.py
        [--users 50] [--turns 4] [--at-once 10] [--without-door]

Every user has a process, a project and a secret of their own. The good ones have scripts run that print their
secret, with an approval for each, and a word from the model after it; `--at-once` of them wait for an answer
at the same time. The hostile one floods, sends what is no command, never reads, climbs out of their folder,
and has scripts run that spy, kill, fork, eat memory, fill the disk and print without end, again and again
until the others are done. Prints the times that the good ones saw, and the harm that was done: the exit code
is 1 where an answer was wrong, an event went to another user, or the hostile user got anything.
"""

import argparse
import secrets
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parents[2] / "tests" / "serve"
sys.path.insert(0, str(HERE))

from behind_door import behind_door  # noqa: E402
from hostile_user import Hostile  # noqa: E402
from workspace_play import playing  # noqa: E402

if TYPE_CHECKING:
    from workspace_play import Play


class Good:
    """A user with a secret; `wrong` is what went wrong, `took` the seconds of each turn."""

    def __init__(self, play: "Play", number: int) -> None:
        self.name = f"user{number}"
        self.secret = f"secret-{self.name}-{secrets.token_hex(8)}"
        self.took: list[float] = []
        self.submitted: list[float] = []
        self.wrong: list[str] = []
        began = time.perf_counter()
        self.me = play.person(self.name)
        play.spaces.write_file(self.me.user, "work", "f.txt", self.secret.encode())
        self.began = time.perf_counter() - began

    def turn(self) -> None:
        """One turn with a script and its approval."""
        began = time.perf_counter()
        try:
            said = self.me.script("cat f.txt")
        except Exception as error:
            self.wrong.append(f"{self.name}: {type(error).__name__}: {error}")
            return
        self.took.append(time.perf_counter() - began)
        if self.secret not in said:
            self.wrong.append(f"{self.name}: {said[:200]!r}")


def main() -> int:
    """Print the table; 1 where anything was wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--at-once", type=int, default=10)
    parser.add_argument("--without-door", action="store_true", help="the workspaces alone, in this process")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="copilot-serve-") as folder:
        home = Path(folder) / "home"
        with playing(home) if args.without_door else behind_door(home) as play:
            return soak(play, args.users - 1, args.turns, args.at_once)


def soak(play: "Play", users: int, turns: int, at_once: int) -> int:
    """Alone first, so that there is something to compare with; then with the hostile one."""
    with ThreadPoolExecutor(at_once) as many:
        good = list(many.map(lambda number: Good(play, number), range(users)))
        told("started, each", [one.began for one in good])
        many_turns(many, good, turns)
        told("a turn, nobody hostile", [took for one in good for took in one.took])
        for one in good:
            one.took.clear()
        marks = tuple(one.secret for one in good)
        hostile = Hostile(play, "mallory", play.folder(good[0].name), marks)
        harm = threading.Thread(target=hostile.run, daemon=True)
        harm.start()
        many_turns(many, good, turns)
        told("a turn beside a hostile user", [took for one in good for took in one.took])
        hostile.stop()
        harm.join(120)
    wrong = [each for one in good for each in one.wrong] + hostile.wins
    for one in good:
        heard = str(one.me.seen)
        wrong += [f"{one.name} heard {mark}" for mark in marks if mark != one.secret and mark in heard]
        if play.spaces.read_file(one.me.user, "work", "f.txt") != one.secret.encode():
            wrong.append(f"the file of {one.name} was changed")
    print(f"\n{len(good) * turns * 2} turns; the hostile user was refused {hostile.refused} times.")
    print("\n".join(wrong) if wrong else "Every answer was right, and no event went to another user.")
    return int(bool(wrong))


def many_turns(many: ThreadPoolExecutor, good: list[Good], turns: int) -> None:
    """Each user's turns, one after the other for each of them."""
    for _ in range(turns):
        list(many.map(Good.turn, good))


def told(what: str, seconds: list[float]) -> None:
    """A line of the table."""
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    print(
        f"{what:32} {len(ordered):5} times  p50 {statistics.median(ordered):6.2f} s"
        f"  p99 {p99:6.2f} s  longest {ordered[-1]:6.2f} s",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
