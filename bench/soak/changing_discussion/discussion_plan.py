"""What is asked and answered in the long discussion: who takes each turn, and each round's calls."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from changing_files import EDITED, SCRIPTED, STILL, WRITTEN, version

from copilot.rehearsal.scenario import Scenario

PROVIDERS = ("anthropic", "gemini", "openai", "compatible")
LENGTHS = (1, 5, 1, 9, 1, 4, 1, 13, 6, 3, 2)
"""Rounds of the turns, over and over. In a turn of one round nothing changes: the next begins as it did."""

_STRAY = "head -c 9000 /dev/zero | tr '\\0' o"
"""A script with an output beyond the limit of 8,000 characters: shortened in the turns after its own."""


@dataclass(frozen=True)
class Turn:
    """One message of the person, and how many requests its answer takes."""

    number: int
    provider: str
    rounds: int

    @property
    def message(self) -> str:
        """What the person types."""
        return f"[turn {self.number}] Please go on."


def turns(rounds: int, longest: int = 99) -> tuple[Turn, ...]:
    """Turns that take `rounds` requests together. Sixteen of them hold every step from one provider to
    another (or the same)."""
    found: list[Turn] = []
    left = rounds
    while left:
        number = len(found)
        length = min(LENGTHS[number % len(LENGTHS)], longest, left)
        found.append(Turn(number + 1, _provider(number), length))
        left -= length
    return tuple(found)


def quiet(planned: tuple[Turn, ...]) -> frozenset[int]:
    """The requests, from 1, while which nothing changes: those of turns that have no other."""
    ends = accumulate(turn.rounds for turn in planned)
    return frozenset(end for end, turn in zip(ends, planned, strict=True) if turn.rounds == 1)


def _provider(number: int) -> str:
    """A sequence in which every pair of neighbours occurs once in sixteen (a de Bruijn sequence)."""
    return PROVIDERS[(0, 0, 1, 1, 2, 2, 3, 3, 0, 2, 1, 3, 2, 0, 3, 1)[number % 16]]


def scenario(planned: tuple[Turn, ...]) -> Scenario:
    """The model's part."""
    rules: list[dict[str, Any]] = []
    edited, number = 0, 0
    for turn in planned:
        for round_ in range(1, turn.rounds + 1):
            number += 1
            last = round_ == turn.rounds
            answer = [{"text": f"Turn {turn.number} is done."}] if last else _answer(number, edited)
            if not last and number % 4 == 3:
                edited = number
            said = [{"thinking": f"This is request {number}."}, {"text": f"Request {number}. "}]
            when = {"asked": f"[turn {turn.number}]", "round": round_}
            rules.append({"when": when, "answer": [*said[: number % 3], *answer]})
    return Scenario.model_validate({"title": "a long discussion", "piece": 500, "rule": rules})


def _answer(number: int, edited: int) -> list[dict[str, Any]]:
    """The calls of request `number`; `edited` is the version that the edited file has."""
    match number % 4:
        case 0:
            return [_call("write_file", path=WRITTEN, content=version(WRITTEN, number))]
        case 1:
            text = version(SCRIPTED, number)
            return [_call("run_shell", script=f"cat > {SCRIPTED} <<'END'\n{text}END\necho written\n")]
        case 2:
            long = {"script": _STRAY if number % 8 == 2 else "echo short"}
            failing = {"path": STILL, "old": "words that are not in it", "new": "x"}
            return [
                _call("read_file", path=STILL),
                _call("edit_file", **failing),
                _call("run_shell", **long),
            ]
        case _:
            old, new = version(EDITED, edited), version(EDITED, number)
            return [_call("edit_file", path=EDITED, old=old, new=new), _call("list_directory", path=".")]


def _call(name: str, **arguments: str) -> dict[str, Any]:
    return {"call": name, "arguments": arguments}
