"""A discussion over all four providers with little room in its prompts and a file changing under it.

    python bench/soak/little_room.py [turns]     67 turns of three requests each unless told otherwise

Old exchanges leave in nearly every turn. The rehearsal refuses what a service would refuse. After each turn
its requests are looked at: the system prompt with the files is the same in all of them; where nothing left,
messages are the same up to the first replaced file block; one block at the most is whole; what the file holds
now stands in each. (`changing_discussion` is the same with room for everything.)

The test suite runs a small slice of it.
"""

import itertools
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from copilot.assembly.choice import Flags
from copilot.assembly.desk import Desk, Surroundings, open_desk
from copilot.projects.home import Home
from copilot.projects.project_manager import dump, new
from copilot.record.log_reader import LogReader
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.commands import RunTurn, Shutdown
from copilot.vocabulary.events import HistoryPruned, TurnCancelled, TurnFailed, TurnFinished
from copilot.vocabulary.values import FileChoice, ModelChoice, ProviderName

PROVIDERS: tuple[ProviderName, ...] = ("anthropic", "gemini", "openai", "compatible")
TURNS = 67
LIMIT = 6_500
"""Tokens: little enough that a few exchanges fill it."""

HANG_SECONDS = 60.0
SCRIPT = "echo value=$(( ($(grep -o '[0-9]*' value.txt) * 7 + 1) % 1000003 )). > value.txt"
SCENARIO = f"""
title = "changes a file twice in each turn"
[[rule]]
when = {{ round = 1 }}
answer = [
    {{ thinking = "I should look first." }},
    {{ call = "read_file", arguments = {{ path = "long.txt" }} }},
    {{ call = "run_shell", arguments = {{ script = "{SCRIPT}" }} }},
]
[[rule]]
when = {{ round = 2 }}
answer = [{{ text = "Once more." }}, {{ call = "run_shell", arguments = {{ script = "{SCRIPT}" }} }}]
[[rule]]
answer = [{{ text = "Done." }}]
"""
KEYS = {
    "ANTHROPIC_API_KEY": "sk-ant-api03-soak-key-000001",
    "GEMINI_API_KEY": "AIzaSoakKey000000000000000000000000002",
    "OPENAI_API_KEY": "sk-proj-soak-key-000003",
}
FRESH = "FILES UPDATED]"
SAID = ("messages", "contents", "input")
SYSTEM = {"system", "systemInstruction", "instructions", "tools"}
"""What the services call the same things."""

MODELS: dict[ProviderName, str] = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    "compatible": "local",
}


@dataclass(slots=True)
class Report:
    """What a discussion came to."""

    requests: int = 0
    pruned: int = 0
    blocks: int = 0
    seconds: float = 0.0
    providers: set[str] = field(default_factory=set[str])


def discuss(folder: Path, turns: int) -> Report:
    """Talk, and check after every turn. Raises AssertionError with what was wrong."""
    scenario = folder / "scenario.toml"
    scenario.write_text(SCENARIO)
    report, started, value = Report(), time.monotonic(), 1
    with _served(scenario) as url, _opened(folder) as desk:
        log = _Log(desk.logger.comms_path.parent, desk.kit.session)
        for number in range(turns):
            provider = PROVIDERS[number % len(PROVIDERS)]
            pruned = _turn(desk, url, provider, number)
            values = [value, _next(value), _next(_next(value))]
            value = values[-1]
            _check(log.bodies(), values, pruned=pruned, report=report)
            report.providers.add(provider)
            report.pruned += pruned
    report.seconds = time.monotonic() - started
    return report


@contextmanager
def _served(scenario: Path) -> Generator[str]:
    """A rehearsal in a process of its own, whose memory is not ours."""
    command = [sys.executable, "-m", "copilot", "rehearse", str(scenario), "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found is not None, "the rehearsal did not say where it is"
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=10)


@contextmanager
def _opened(folder: Path) -> Generator[Desk]:
    home, base = Home(root=folder / "home").make(), folder / "base"
    base.mkdir()
    (base / "value.txt").write_text("value=1.\n")
    (base / "long.txt").write_text("a line of a long file\n" * 200)
    home.config.write_text(f"[limits]\nmax_prompt_tokens = {LIMIT}\noutput_characters = 1000\n")
    project = replace(new(home, "soak", base), files=(FileChoice(pattern="value.txt"),))
    (home.projects / "soak.toml").write_text(dump(project))
    ids = itertools.count(1)
    around = Surroundings(
        environ={"PATH": os.environ["PATH"], "HOME": str(folder), **KEYS},
        cwd=base,
        platform=sys.platform,
        clock=time.time,
        new_id=lambda: f"id{next(ids):06d}",
    )
    desk = open_desk(around, home=home, project="soak", flags=Flags(provider="anthropic"))
    desk.worker.start()
    try:
        yield desk
    finally:
        desk.worker.submit(Shutdown())
        assert desk.worker.join(10.0), "the worker did not stop"
        desk.close()


def _turn(desk: Desk, url: str, provider: ProviderName, number: int) -> bool:
    """One turn to its answer; whether something was left out of its requests."""
    base_url = f"{url}/v1" if provider in ("openai", "compatible") else url
    turn = RunTurn(
        turn_id=f"turn-{number}",
        project=desk.store.project,
        branch="main",
        user_message=f"Turn {number}, please.",
        model=ModelChoice(provider=provider, model=MODELS[provider], base_url=base_url),
        policy=ApprovalPolicy(mode="all"),
    )
    desk.worker.submit(turn)
    pruned = False
    while True:
        event = desk.worker.next_event(HANG_SECONDS)
        assert event is not None, f"turn {number} ({provider}) hangs"
        pruned = pruned or isinstance(event, HistoryPruned)
        if isinstance(event, TurnFinished):
            return pruned
        assert not isinstance(event, TurnFailed | TurnCancelled), (provider, event)


class _Log:
    """Reads the session's log on from where it was."""

    def __init__(self, logs: Path, session: str) -> None:
        self._logs, self._session = logs, session
        self._upto = -1

    def bodies(self) -> list[Any]:
        """The requests for answers that were sent since the last call."""
        with LogReader(self._logs, self._session) as reader:
            new = [record for record in reader.records() if record.seq > self._upto]
        self._upto = max((record.seq for record in new), default=self._upto)
        sent = [
            wire for record in new if (wire := record.wire()) and wire.direction == "request" and wire.body
        ]
        return [json.loads(wire.body) for wire in sent if "cachedContents" not in wire.url]


def _check(bodies: Sequence[Any], values: Sequence[int], *, pruned: bool, report: Report) -> None:
    """Look at the requests of one turn; `values` is what the file held before each of them."""
    assert len(bodies) == len(values), [list(body) for body in bodies]
    report.requests += len(bodies)
    plain = [_without_marks(body) for body in bodies]
    for body, value in zip(plain, values, strict=True):
        told = json.dumps([body[key] for key in SAID if key in body])
        assert told.count(FRESH) <= 1, "two file blocks are whole"
        report.blocks += told.count(FRESH)
        if "cachedContent" not in body or value != values[0]:
            assert f"value={value}." in json.dumps(body), "what the file holds now is not sent"
    for one, other in pairwise(plain):
        for key in SYSTEM & one.keys():
            assert one[key] == other[key], "the system prompt with the files changed in a turn"
        if not pruned:
            _check_prefix(_said(one), _said(other))


def _check_prefix(one: list[Any], other: list[Any]) -> None:
    """Messages are the same up to the first replaced block; the last one may have grown."""
    for number, (was, now) in enumerate(zip(one, other, strict=False)):
        if was != now:
            grown = number == len(one) - 1
            assert grown or FRESH in json.dumps(was), f"message {number} was changed: {was} -> {now}"
            return


def _said(body: Any) -> list[Any]:
    return next(body[key] for key in SAID if key in body)


def _without_marks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_marks(item) for key, item in value.items() if key != "cache_control"}
    return [_without_marks(item) for item in value] if isinstance(value, list) else value


def _next(value: int) -> int:
    return (value * 7 + 1) % 1_000_003


def main() -> None:
    """Run it and print what came of it."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    with tempfile.TemporaryDirectory() as folder:
        report = discuss(Path(folder), turns)
    services = len(report.providers)
    print(
        f"{turns} turns, {report.requests} requests, {services} services, {report.seconds:.1f} s\n"
        f"{report.pruned} turns left something out, {report.blocks} requests held a whole file block\n"
        "no request was refused, no prefix changed before a replaced block, no newest text was missing"
    )


if __name__ == "__main__":
    main()
