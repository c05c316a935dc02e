"""The whole program at work, killed at random moments again and again, beside a second one.

A home lives on through many rounds. In each, `copilot ask` plays a turn with reading, scripts and edits
against the rehearsal's server, and is killed somewhere; a second one comes to the same project, or works in
another one of the same home and may be killed, too. Then everything that they had shown must be there.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.projects.store import Store
from copilot.record.ledger import Ledger
from copilot.record.log_files import sessions_in
from copilot.record.log_reader import LogReader
from copilot.rehearsal.scenario import parse_scenario
from copilot.rehearsal.server import RehearsalServer
from copilot.vocabulary.codec import decode_event
from copilot.vocabulary.events import (
    ApprovalResolved,
    Event,
    MessageKept,
    ToolFinished,
    TurnFinished,
    UsageReported,
)
from copilot.vocabulary.messages import Message

SCENARIO = """
title = "kills"
delay = 0.002
[[rule]]
when = { asked_regex = "step (?P<n>[0-9]+)", round = 1 }
[[rule.answer]]
text = "Looking at step {{n}}."
[[rule.answer]]
call = "read_file"
arguments = { path = "notes.txt" }
[[rule.answer]]
call = "run_shell"
arguments = { script = "echo {{n}}-a >> ran.txt" }
[[rule]]
when = { asked_regex = "step (?P<n>[0-9]+)", round = 2 }
[[rule.answer]]
call = "write_file"
arguments = { path = "made/{{n}}.txt", content = "made in step {{n}}\\n" }
[[rule.answer]]
call = "run_shell"
arguments = { script = "echo {{n}}-b >> ran.txt; cat notes.txt" }
[[rule]]
when = { asked_regex = "step (?P<n>[0-9]+)" }
answer = [{ text = "Step {{n}} is done, and this is said in many words of which none may be lost." }]
"""
EVENTS = 50
"""Lines that a turn prints, nearly."""

_HANG_SECONDS = 120.0
_LOCKED = b"is open in another window or program"


@dataclass
class Asked:
    """One run of the program: what it printed, whole lines only, and how it ended."""

    process: subprocess.Popen[bytes]
    lines: list[bytes] = field(default_factory=list)
    words: bytes = b""
    killed: bool = False

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        self.reader = threading.Thread(target=self.lines.extend, args=(self.process.stdout,), daemon=True)
        self.reader.start()

    @property
    def events(self) -> list[Event]:
        return [decode_event(json.loads(line)) for line in self.lines if line.endswith(b"\n")]

    @property
    def refused(self) -> bool:
        """Whether it was told that the project is open already."""
        return _LOCKED in self.words or any(_LOCKED in line for line in self.lines)


@dataclass
class Tally:
    """What happened."""

    rounds: int = 0
    kills: int = 0
    refused: int = 0
    ended: int = 0
    messages: int = 0
    approvals: int = 0
    results: int = 0
    scripts: int = 0
    wrong: list[str] = field(default_factory=list)


class Play:
    """One home that is killed in, over and over. `tally` counts."""

    def __init__(self, root: Path, seed: int, tally: Tally) -> None:
        self._root, self._seed, self._chance, self._tally = root, seed, random.Random(seed), tally
        self._home = Home(root=root / "home").make()
        self._shown: dict[str, list[Event]] = {"demo": [], "other": []}
        for name in self._shown:
            base = root / name
            base.mkdir()
            (base / "notes.txt").write_text(f"notes of {name}\n")

    def rounds(self, count: int) -> None:
        """Play so many, then one that nobody kills, after which nothing may lie about."""
        with RehearsalServer(parse_scenario(SCENARIO)) as server:
            for number in range(count):
                self._round(number, server.url)
            last = self._start("demo", 9_999, server.url)
            self._wait(last)
            if last.process.returncode != 0:
                self._say(f"the last run ended with {last.process.returncode}: {last.words.decode()}")
            self._shown["demo"] += last.events
            self._check(count)
        left = [str(path) for path in self._home.root.rglob("*") if path.name.startswith(".copilot-")]
        if left:
            self._say(f"left behind: {left}")

    def _round(self, number: int, url: str) -> None:
        tally, chance = self._tally, self._chance
        tally.rounds += 1
        same = chance.random() < 0.25
        first = self._start("demo", number, url)
        time.sleep(chance.random() * 0.3)
        second = self._start("demo" if same else "other", 5_000 + number, url)
        after, late = chance.randint(0, EVENTS), chance.random() * 0.05
        until = time.monotonic() + _HANG_SECONDS
        while len(first.lines) < after and first.process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(late)
        self._kill(first)
        if chance.random() < 0.7:
            time.sleep(chance.random() * 0.4)
            self._kill(second)
        for one, name in ((first, "demo"), (second, "demo" if same else "other")):
            self._wait(one)
            self._shown[name] += one.events
            tally.kills += one.killed
            tally.refused += one.refused
            tally.ended += one.process.returncode == 0
            if not one.killed and not one.refused and one.process.returncode != 0:
                self._say(f"round {number}: {name} ended with {one.process.returncode}: {one.words.decode()}")
        self._check(number)

    def _start(self, name: str, number: int, url: str) -> Asked:
        command = [
            sys.executable, "-m", "copilot", "ask", f"step {number}", "--json", "--approve", "all",
            "--home", str(self._home.root), "--project", name, "--base-dir", str(self._root / name),
            "--provider", "anthropic", "--base-url", url,
        ]  # fmt: skip
        environ = {"PATH": os.environ["PATH"], "HOME": str(self._root), "ANTHROPIC_API_KEY": "sk-ant-kills-1"}
        return Asked(subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE))

    def _kill(self, one: Asked) -> None:
        if one.process.poll() is None:
            one.process.send_signal(signal.SIGKILL)
            one.process.wait()
            one.killed = one.process.returncode == -signal.SIGKILL

    def _wait(self, one: Asked) -> None:
        assert one.process.stderr is not None
        try:
            one.process.wait(_HANG_SECONDS)
        except subprocess.TimeoutExpired:
            self._say("a run did not end")
            self._kill(one)
        one.reader.join(_HANG_SECONDS)
        one.words = one.process.stderr.read()
        for pipe in (one.process.stdout, one.process.stderr):
            if pipe is not None:
                pipe.close()

    def _check(self, number: int) -> None:
        """What a next start finds."""
        for name, shown in self._shown.items():
            if any(isinstance(event, MessageKept) for event in shown):
                self._check_project(number, name, shown)
            self._check_scripts(number, name)
        self._check_logs(number)
        _, notices = load_settings(self._home)
        if notices:
            self._say(f"round {number}: the settings: {notices}")
        ledger = Ledger(self._home.ledger)
        paid = sum(isinstance(event, UsageReported) for shown in self._shown.values() for event in shown)
        if len(ledger.entries()) < paid or ledger.damaged:
            self._say(f"round {number}: {len(ledger.entries())} requests in the ledger, {paid} were shown")

    def _check_project(self, number: int, name: str, shown: list[Event]) -> None:
        ids = iter(f"fresh-{self._seed}-{number}-{n}" for n in range(1_000))
        with Store.open(self._home, name, clock=time.time, new_id=lambda: next(ids)) as store:
            kept = {message.id: message for message in store.project.discussion.messages}
            for notice in store.notices:
                self._say(f"round {number}: {name}: {notice}")
        latest = {event.message.id: event.message for event in shown if isinstance(event, MessageKept)}
        for message in latest.values():
            if not _holds(kept.get(message.id), message):
                self._say(
                    f"round {number}: {name}: message {message.id} was shown and is {kept.get(message.id)}"
                )
        outputs = Counter(result.output for message in kept.values() for result in message.results)
        finished = [event for event in shown if isinstance(event, ToolFinished)]
        missing = Counter(event.output for event in finished) - outputs
        if missing:
            self._say(f"round {number}: {name}: results were shown and are gone: {missing}")

    def _check_scripts(self, number: int, name: str) -> None:
        """None ran twice."""
        ran = self._root / name / "ran.txt"
        times = Counter(ran.read_text().split() if ran.exists() else [])
        if twice := [one for one, count in times.items() if count > 1]:
            self._say(f"round {number}: {name}: ran twice: {twice}")

    def _check_logs(self, number: int) -> None:
        """The chains hold, but for an end that a crash may have taken; what was synced is in them."""
        logged: set[tuple[str, str, str]] = set()
        for session in sessions_in(self._home.logs):
            with LogReader(self._home.logs, session, self._home.state) as reader:
                for record in reader.records():
                    if (event := record.event()) is not None and (key := _key(event)):
                        logged.add(key)
                others = len(reader.troubles) - reader.torn
                end = reader.end()
                if others or (end is not None and end.level != "crash"):
                    self._say(f"round {number}: log {session}: {reader.troubles} {end}")
        shown = {key for events in self._shown.values() for event in events if (key := _key(event))}
        if missing := shown - logged:
            self._say(f"round {number}: shown and in no log: {missing}")

    def count(self) -> None:
        """Add up what was shown."""
        for shown in self._shown.values():
            self._tally.messages += sum(isinstance(event, MessageKept) for event in shown)
            self._tally.approvals += sum(isinstance(event, ApprovalResolved) for event in shown)
            self._tally.results += sum(isinstance(event, ToolFinished) for event in shown)
        for name in self._shown:
            ran = self._root / name / "ran.txt"
            self._tally.scripts += len(ran.read_text().split()) if ran.exists() else 0

    def _say(self, words: str) -> None:
        self._tally.wrong.append(f"seed {self._seed}, {words}")


def _key(event: Event) -> tuple[str, str, str] | None:
    """What an event that must be in a log is known by."""
    match event:
        case ApprovalResolved():
            return "approval", event.turn_id, event.request_id
        case ToolFinished():
            return "result", event.turn_id, event.call_id
        case TurnFinished():
            return "end", event.turn_id, ""
        case _:
            return None


def _holds(kept: Message | None, shown: Message) -> bool:
    """Whether a message that was shown is there; results may have come to it since."""
    if kept is None:
        return False
    return kept == shown or (kept.role == "tool" and all(part in kept.parts for part in shown.parts))


def play(root: Path, seed: int, rounds: int, tally: Tally) -> None:
    """One home."""
    one = Play(root, seed, tally)
    one.rounds(rounds)
    one.count()
