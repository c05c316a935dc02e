"""The service of the long discussion: a rehearsal in a process of its own that judges every request it gets.

    python watching_service.py FOLDER ROUNDS LONGEST

It changes files in FOLDER while it "thinks", prints its address, works until its standard input ends, and
then prints what it found as one line of JSON: how many requests, and everything that was wrong with them.
"""

import json
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from changing_files import OUTLINED, change_from_outside, on_disk
from discussion_plan import Turn, quiet, scenario, turns
from legal_requests import breaches
from sent_requests import Sent, as_bytes, moved, versions

from copilot.rehearsal.asked import Asked
from copilot.rehearsal.gemini_caches import with_cached
from copilot.rehearsal.matching import Answer
from copilot.rehearsal.server import RehearsalServer

LONG_OUTPUT = 8_000
"""Characters of a tool's output above which it is shortened in later turns (docs/files.md, `[limits]`)."""


class WatchingService(RehearsalServer):
    """Keeps of each provider its last request alone, so that 200 long ones need no room."""

    def __init__(self, folder: Path, planned: tuple[Turn, ...]) -> None:
        super().__init__(scenario(planned))
        self.found: list[str] = []
        self.seen: Counter[str] = Counter()
        self._folder = folder
        self._quiet = quiet(planned)
        self._before: dict[str, Sent] = {}
        self._tracked: tuple[str, ...] = ()
        self._number = 0

    def _answer(self, asked: Asked) -> Answer:
        sent = Sent(asked.protocol, self._body(asked))
        self.requests[-1] = replace(self.requests[-1], body=None)
        self._number += 1
        self.seen[asked.protocol] += 1
        largest = "bytes of the largest request"
        self.seen[largest] = max(self.seen[largest], len(as_bytes(sent.body)))
        self._judge(sent, asked.round == 1, f"request {self._number} ({asked.protocol}, round {asked.round})")
        if self._number not in self._quiet:
            change_from_outside(self._folder, self._number)
        return super()._answer(asked)

    def _body(self, asked: Asked) -> dict[str, Any]:
        body = cast(dict[str, Any], self.requests[-1].body)
        if asked.protocol != "gemini":
            return body
        whole, _ = with_cached(body, asked.model, self._memory)
        return {key: whole[key] for key in sorted(whole) if key != "cachedContent"}

    def _judge(self, sent: Sent, first: bool, name: str) -> None:
        wrong = breaches(sent.protocol, sent.body) + self._files(sent, first)
        before = self._before.get(sent.protocol)
        if not first and before is not None:
            wrong += moved(before, sent, _replaced_in_turn(before, sent))
        elif before is not None and before.head == sent.head:
            wrong += [w for w in moved(before, sent, _replaced_by_turn(before)) if "rewritten" in w]
            self.seen["turns that begin as the last one of their provider did"] += 1
        self.found += [f"{name}: {words}" for words in wrong]
        self.seen["blocks replaced"] += before is not None and _replaced_in_turn(before, sent) < len(
            before.messages
        )
        self._before[sent.protocol] = sent

    def _files(self, sent: Sent, first: bool) -> list[str]:
        """Whether the newest text of every file is where the model looks for it, and nothing older."""
        wrong = ["more than one block of file contents"] if sent.blocks > 1 else []
        if first and sent.blocks:
            wrong.append("file contents beside a context that shows them already")
        block = "".join(sent.fresh.values())
        self.seen["requests with new file contents"] += bool(block)
        there = on_disk(self._folder)
        if first:  # what is made while a turn runs is no file of its context
            self._tracked = tuple(there)
        stale = (_stale(path, there.get(path, ""), block, sent) for path in self._tracked)
        return [*wrong, *filter(None, stale)]


def _stale(path: str, newest: str, block: str, sent: Sent) -> str:
    """What is wrong with how one file is told; `newest` is its text on disk, empty where it is gone."""
    told = block if path in block else sent.told
    wanted = versions(newest, path)
    if versions(told, path) != wanted:
        return f"{path}: versions {sorted(versions(told, path))} told, {sorted(wanted)} on disk"
    shown = f"def version_{max(wanted)}(" if newest and path == OUTLINED else newest
    return "" if shown in told else f"{path}: not told as it is on disk"


def _replaced_in_turn(before: Sent, after: Sent) -> int:
    """The first message of `before` whose block of file contents is not in `after` any more."""
    gone = [at for at, text in before.fresh.items() if after.fresh.get(at) != text]
    return min(gone, default=len(before.messages))


def _replaced_by_turn(before: Sent) -> int:
    """The first message of `before` that a new turn may rewrite: by its block, or by a long output in it."""
    texts = [json.dumps(message) for message in before.messages]
    touched = [at for at, text in enumerate(texts) if at in before.fresh or len(text) > LONG_OUTPUT]
    return min(touched, default=len(texts))


def main() -> None:
    """Serve until standard input ends, then tell what was found."""
    folder, rounds, longest = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    with WatchingService(folder, turns(rounds, longest)) as service:
        print(service.url, flush=True)
        sys.stdin.read()
    refused = [f"{f.protocol}: {f.status} {f.message}" for f in service.failures]
    print(json.dumps({"seen": service.seen, "found": service.found, "refused": refused}), flush=True)


if __name__ == "__main__":
    main()
