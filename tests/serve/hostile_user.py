"""A user who means harm to the server and to the others, with everything that a token gives them."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from workspace_play import KEY, Play

from copilot.serve.contract import WorkspaceEndedError
from copilot.vocabulary.errors import CopilotError

LIMITS: dict[str, Any] = {
    "turns": 2,
    "processes": 64,
    "memory_mb": 400,
    "cpu_seconds": 30,
    "script_seconds": 4.0,
    "turn_seconds": 20.0,
    "disk_mb": 40,
    "file_mb": 20,
}
FORK_BOMB = "bomb() { bomb | bomb & }; bomb; sleep 60"
CROWD = "for n in $(seq 1 5000); do sleep 30 & done; wait"
EATER = 'python3 -c "x = []\nwhile True: x.append(bytearray(10_000_000))"'
FLOOD = "yes 'no end of this' | head -c 30000000"
FILLER = "for n in $(seq 1 60); do head -c 1000000 /dev/urandom > fill$n; done; sleep 3"
KILLER = "kill -9 -1; kill -9 1; kill -9 $PPID; echo killed"


class Hostile:
    """`wins` are the things that must not have been possible. `near` is another user's folder."""

    def __init__(self, play: Play, name: str, near: Path, marks: tuple[str, ...]) -> None:
        self.play, self.near = play, near
        self.marks = (*marks, KEY, "workspace_process")
        self.me = play.person(name, **LIMITS)
        self.wins: list[str] = []
        self.refused = 0
        self.answers: list[str] = []
        """What its scripts gave, so that it is known that they ran."""
        self.asleep = play.spaces.follow(self.me.user, "work")  # it never takes
        self._stop = threading.Event()

    def tricks(self) -> tuple[Callable[[], None], ...]:
        """All of them, the quick ones first."""
        scripts = (self.spying(), KILLER, FORK_BOMB, CROWD, EATER, FLOOD, FILLER)
        return (
            self.escape,
            self.junk,
            self.flood,
            self.loosen,
            *((lambda text=text: self.script(text)) for text in scripts),
        )

    def run(self) -> None:
        """One trick after the other, again and again until `stop`."""
        while not self._stop.is_set():
            for trick in self.tricks():
                if self._stop.is_set():
                    return
                self.play_trick(trick)

    def play_trick(self, trick: Callable[[], None]) -> None:
        """One trick; that the own process died of it is no win."""
        try:
            trick()
        except CopilotError as error:
            self.refused += 1
            self._look(str(error))
            with suppress(CopilotError):
                time.sleep(0.5 if isinstance(error, WorkspaceEndedError) else 0.0)
                self.me.again()

    def stop(self) -> None:
        """No further trick."""
        self._stop.set()

    def spying(self) -> str:
        """A script that looks for what is others'."""
        home = self.play.home
        looks = (
            f"cat {self.near}/files/*/* {home}/.env {home}/config.toml",
            f"find {home} -name '*.toml'",
            "cat /proc/*/environ /proc/*/cmdline | tr '\\0' '\\n'",
            "cat ../../*/* ../../../*/*",
            f"echo hacked > {self.near}/files/work/f.txt",
            f"ln -s {self.near}/files/work stolen; cat stolen/*",
            "python3 -c \"import socket; socket.create_connection(('127.0.0.1', 22), 1)\"",
        )
        return " ; ".join(f"({look}) 2>&1" for look in looks) + " ; echo looked"

    def script(self, text: str) -> None:
        """Have a script run; its answer may hold nothing that is others'."""
        with suppress(AssertionError):  # it may have ended this very process
            self.answers.append(self.me.script(text)[:2_000])
            self._look(self.answers[-1])
        self.me.seen.clear()

    def escape(self) -> None:
        """Read and write what is not in the project."""
        user, spaces = self.me.user, self.play.spaces
        self._must_fail("a link to others", lambda: spaces.read_file(user, "work", "stolen/f.txt"))
        for path in ("../../../../config.toml", f"{self.near}/files/work/f.txt", "/etc/passwd", "..", "a\0b"):
            self._must_fail(f"reading {path!r}", lambda p=path: spaces.read_file(user, "work", p))
            self._must_fail(f"writing {path!r}", lambda p=path: spaces.write_file(user, "work", p, b"hacked"))
        for name in ("../other", "a/b", ".", "..", "con"):
            self._must_fail(f"a project {name!r}", lambda n=name: spaces.create(user, n))

    def junk(self) -> None:
        """Commands that are none, and bodies that are too large."""
        deep: Any = []
        for _ in range(400):
            deep = [deep]
        for data in (
            {"command": "RunTurn", "turn_id": "x", "branch": "main", "user_message": deep},
            {"command": "TakeIn", "request_id": "x", "discussion": deep},
            {"command": "Shutdown"},
        ):
            self._must_fail(str(data)[:80], lambda d=data: self.me.do(**d))
        with suppress(CopilotError):
            self.me.do("SetSystemPrompt", request_id="x", text="x" * 6_000_000)
            self.me.do("SetSystemPrompt", request_id="x", text="")

    def flood(self) -> None:
        """As many commands at once as there can be."""

        def some() -> None:
            for _ in range(50):
                try:
                    self.me.do("LookAtTrust", request_id="flood")
                except CopilotError:
                    self.refused += 1

        threads = [threading.Thread(target=some, daemon=True) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def loosen(self) -> None:
        """Ask for what only the owner may give."""
        for fields in (
            {"policy": {"mode": "all", "unconfined": True}},
            {"model": {"provider": "compatible", "model": "m", "base_url": "http://127.0.0.1:9/"}},
        ):
            self._must_fail(f"a turn with {fields}", lambda f=fields: self.me.ask("RUN true", **f))

    def _must_fail(self, what: str, work: Callable[[], object]) -> None:
        try:
            work()
        except CopilotError as error:
            self.refused += 1
            self._look(str(error))
        else:
            self.wins.append(f"{what} was taken")

    def _look(self, said: str) -> None:
        said += str(self.me.seen)
        self.wins += [f"{mark!r} was found" for mark in self.marks if mark in said]
