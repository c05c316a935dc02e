"""Fifty people at the door of one `copilot serve`, by HTTP on loopback, while one of them attacks it.

    .venv/bin/python bench/soak/serve_door.py [--users 50] [--turns 2] [--at-once 10]

The real program, with the rehearsal as its model. Every user follows a project of their own and has `--turns`
turns answered, `--at-once` of them at the same time, through the client's own `RemoteWorker`. That is done
three times: with the start of every user's process in it, alone, and while somebody with a token floods with
requests, wrong tokens, bodies that are too large, heads and bodies that never end, followers that never read
and connections that say nothing. Prints what the good ones waited, and what the other was answered. The exit
code is 1 where an answer was wrong or missing, where words of one user reached another, or an audit log does
not hold.
"""

import argparse
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.serve.client import Client
from copilot.serve.remote import RemoteWorker
from copilot.serve.tokens import UsersFile
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.codec import encode_event
from copilot.vocabulary.commands import RunTurn
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.events import (
    CommandFailed,
    Event,
    ProjectOpened,
    TurnFailed,
    TurnFinished,
    WorkerStopped,
)

SCENARIO = "[[rule]]\nanswer = [{ text = 'You said {{asked}}' }]\n"
CONFIG = 'provider = "anthropic"\n[providers.anthropic]\nmodel = "claude-sonnet-5-5"\nbase_url = "{url}"\n'
PATIENCE = 120.0
"""Seconds that a good user waits for an event before that is an error."""


@dataclass
class Seen:
    """What the good users saw: seconds, and what was wrong."""

    answers: list[float] = field(default_factory=list)
    turns: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def person(url: str, name: str, token: str, turns: int, seen: Seen) -> None:
    """One good user from beginning to end."""
    client = Client(url, token)
    worker = RemoteWorker(client, "work")
    try:
        client.create("work")
        model = client.model()
        assert model is not None
        worker.start()
        opened = until(worker, lambda event: isinstance(event, ProjectOpened))
        assert isinstance(opened, ProjectOpened)
        for number in range(turns):
            began = time.monotonic()
            client.me()
            seen.answers.append(time.monotonic() - began)
            word = f"{name}-{number}-{random.randbytes(4).hex()}"
            began = time.monotonic()
            turn_id = f"{name}-{number}"
            worker.submit(
                RunTurn(
                    turn_id=turn_id,
                    project=opened.project,
                    branch="main",
                    user_message=word,
                    model=model,
                    policy=ApprovalPolicy(),
                )
            )
            end = until(
                worker, lambda event: isinstance(event, (TurnFinished, TurnFailed, CommandFailed)), name
            )
            seen.turns.append(time.monotonic() - began)
            if not isinstance(end, TurnFinished) or word not in end.text:
                seen.wrong.append(f"{name}: {encode_event(end)}")
    except (CopilotError, AssertionError, TimeoutError) as error:
        seen.wrong.append(f"{name}: {type(error).__name__} {error}")
    finally:
        worker.stop()
        client.close()


def until(worker: RemoteWorker, ends: Callable[[Event], bool], name: str = "") -> Event:
    """The first event that ends it. Raises TimeoutError; AssertionError where another user's words came."""
    while True:
        event = worker.next_event(PATIENCE)
        if event is None or isinstance(event, WorkerStopped):
            raise TimeoutError(f"no event, or no worker any more: {event}")
        others = set(re.findall(r"\buser\d+-", str(encode_event(event)))) - {f"{name}-"}
        if name and others:
            raise AssertionError(f"words of {others}")
        if ends(event):
            return event


class Hostile:
    """Somebody with a token who means harm; `got` counts what they were answered."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._over = threading.Event()
        self.got: Counter[str] = Counter()
        ways = (
            self._flood,
            self._guess,
            self._huge,
            self._slow_head,
            self._slow_body,
            self._deaf,
            self._mute,
        )
        self._threads = [
            threading.Thread(target=self._again, args=(way,), daemon=True) for way in ways for _ in "ab"
        ]

    def __enter__(self) -> "Hostile":
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for one in self._threads:
            one.join(30)

    def _again(self, way: Callable[[], bytes]) -> None:
        while not self._over.is_set():
            try:
                answer = way()
            except OSError as error:
                answer = type(error).__name__.encode()
            first = answer.split(b"\r\n")[0].decode("latin-1")
            self.got[f"{way.__name__[1:].replace('_', ' ')}: {first[9:12] or 'cut off'}"] += 1

    def _sent(self, data: bytes, more: bytes = b"") -> bytes:
        """What is answered to these bytes; `more` is sent ten times a second for as long as nothing is."""
        with socket.create_connection(("127.0.0.1", self._port), timeout=0.1 if more else 30) as made:
            made.sendall(data)
            while not self._over.is_set():
                try:
                    return made.recv(200)
                except TimeoutError:
                    made.sendall(more)
        return b""

    def _head(self, first: str, *more: str, token: str = "") -> bytes:
        lines = (first, "host: localhost", f"authorization: Bearer {token or self._token}", *more)
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def _flood(self) -> bytes:
        return self._sent(self._head("GET /v1/projects HTTP/1.1", "connection: close"))

    def _guess(self) -> bytes:
        return self._sent(self._head("GET /v1/me HTTP/1.1", token=random.randbytes(32).hex()))

    def _huge(self) -> bytes:
        kind = ("content-type: application/json", "content-length: 99999999999")
        return self._sent(self._head("POST /v1/projects/work/commands HTTP/1.1", *kind))

    def _slow_head(self) -> bytes:
        return self._sent(b"GET /v1/me HTTP/1.1\r\nx: ", b"y")

    def _slow_body(self) -> bytes:
        kind = ("content-type: application/json", "content-length: 100000")
        return self._sent(self._head("POST /v1/projects/work/commands HTTP/1.1", *kind), b"{")

    def _deaf(self) -> bytes:
        with socket.create_connection(("127.0.0.1", self._port), timeout=30) as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_024)
            made.sendall(self._head("GET /v1/projects/work/events HTTP/1.1"))
            self._over.wait(3)
        return b""

    def _mute(self) -> bytes:
        many = [socket.create_connection(("127.0.0.1", self._port), timeout=30) for _ in range(20)]
        self._over.wait(3)
        for one in many:
            one.close()
        return b""


def measured(url: str, tokens: dict[str, str], turns: int, at_once: int) -> Seen:
    """All good users, so many at a time."""
    seen = Seen()
    with ThreadPoolExecutor(at_once) as pool:
        for name, token in tokens.items():
            pool.submit(person, url, name, token, turns, seen)
    return seen


def row(what: str, seen: Seen) -> str:
    def both(times: list[float]) -> str:
        ordered = sorted(times) or [float("nan")]
        return f"{1e3 * statistics.median(ordered):,.0f} / {1e3 * ordered[int(len(ordered) * 0.95)]:,.0f}"

    return f"| {what} | {len(seen.turns)} | {len(seen.wrong)} | {both(seen.answers)} | {both(seen.turns)} |"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--users", type=int, default=50)
    options.add_argument("--turns", type=int, default=2)
    options.add_argument("--at-once", type=int, default=10)
    args = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="copilot-door-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        file = UsersFile(home / "state" / "serve")
        tokens = {
            f"user{number}": file.add(f"user{number}", None, time.time())[0]
            for number in range(args.users - 1)
        }
        for name in tokens:
            file.limit(name, {"requests_a_minute": 10_000})
        token, _ = file.add("hostile", None, time.time())
        with RehearsalServer(parse_scenario(SCENARIO)) as model:
            (home / "config.toml").write_text(CONFIG.format(url=model.url))
            return compared(home, tokens, token, args.turns, args.at_once)


def compared(home: Path, tokens: dict[str, str], hostile: str, turns: int, at_once: int) -> int:
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "COPILOT_HOME": str(home)}
    environ["ANTHROPIC_API_KEY"] = "sk-ant-the-owners-key-0123456789"
    program = [sys.executable, "-m", "copilot"]
    server = subprocess.Popen(
        [*program, "serve", "--port", "0"], env=environ, cwd=home, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        url = server.stdout.readline().split()[2]
        first = measured(url, tokens, 1, at_once)
        alone = measured(url, tokens, turns, at_once)
        Client(url, hostile).create("work")
        with Hostile(int(url.rpartition(":")[2]), hostile) as other:
            attacked = measured(url, tokens, turns, at_once)
    finally:
        server.send_signal(signal.SIGTERM)
        ended = server.wait(60)
    print(
        "| | turns | wrong | a request, ms: median / 95 % | a turn, ms: median / 95 % |\n| --- "
        + "| --- " * 4
        + "|"
    )
    print(row("the first, with each process's start", first))
    print(row("alone", alone))
    print(row("with one who attacks", attacked))
    print(
        "\nanswered to that one: " + ", ".join(f"{what} {many:,}" for what, many in sorted(other.got.items()))
    )
    wrong, broken = [*first.wrong, *alone.wrong, *attacked.wrong], 0
    for name in (*tokens, "hostile", "nobody"):
        check = [*program, "serve", "audit", name, "--check"]
        broken += subprocess.run(
            check, env=environ, cwd=home, stdout=subprocess.DEVNULL, check=False
        ).returncode
    print(f"audit logs that do not hold: {broken}; exit code of the server: {ended}")
    for one in wrong[:20]:
        print(f"wrong: {one[:300]}")
    return int(bool(wrong or broken or ended))


if __name__ == "__main__":
    sys.exit(main())
