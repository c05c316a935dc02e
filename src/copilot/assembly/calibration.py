"""The token factors of this home: learnt from each reply, kept in `state/tokens.json`."""

import contextlib
import json
import threading
from math import ceil
from pathlib import Path
from typing import cast

from copilot.storage.aside import set_aside
from copilot.storage.atomic import write_atomic
from copilot.tokens.calibration import HIGHEST, LOWEST, Calibration
from copilot.tokens.counted import Counted
from copilot.tokens.estimator import wordpieces
from copilot.vocabulary.errors import StorageError
from copilot.vocabulary.values import ModelChoice

_FORMAT = 1
_WORTH_KEEPING = 0.01
"""A factor that moved by less, as a share of what is on disk, is not written."""

_SHORT = 8
"""Characters of a text that is counted as quickly as it is looked up."""


class Calibrator:
    """Estimates tokens and learns from what providers count. Any thread may call it.

    Nothing here raises: an estimate must not end a turn. A file that cannot be used is set aside; where the
    disk takes nothing, what was learnt lasts as long as the program. Of several programs the last to write
    wins.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._now = self._kept = _load(path)
        self._counted = Counted()

    def estimate(self, text: str, model: ModelChoice) -> int:
        """Tokens of `text` for the model, rounded up."""
        return self.pieces_to_tokens(self._pieces(text), model)

    def _pieces(self, text: str) -> float:
        """The wordpieces of `text`. A branch is weighed again at every turn: what was counted is kept."""
        if len(text) < _SHORT:
            return wordpieces(text)
        key = hash(text)
        known = self._counted.get(key)
        if known is None:
            known = wordpieces(text)
            self._counted.put(key, known)
        return known

    def pieces_to_tokens(self, pieces: float, model: ModelChoice) -> int:
        """Tokens of a text that has `pieces` wordpieces, rounded up."""
        return ceil(pieces * self._now.factor(model.provider, model.model))

    def learn(self, model: ModelChoice, pieces: float, actual: int) -> None:
        """A prompt of `pieces` wordpieces was counted as `actual` tokens, cached ones included.

        What the rehearsal counts is an estimate itself and teaches nothing.
        """
        if model.provider == "rehearsal":
            return
        with self._lock:
            self._now = self._now.learned(model.provider, model.model, pieces, actual)
            if self._moved(model):
                self._save()

    def learn_from_estimate(self, model: ModelChoice, estimated: int, actual: int) -> None:
        """The same where all that is known of the prompt is what `estimate` just said of it."""
        self.learn(model, estimated / self._now.factor(model.provider, model.model), actual)

    def _moved(self, model: ModelChoice) -> bool:
        new = self._now.factor(model.provider, model.model)
        old = self._kept.factor(model.provider, model.model)
        return abs(new - old) > _WORTH_KEEPING * old

    def _save(self) -> None:
        factors = {name: round(value, 4) for name, value in sorted(self._now.factors.items())}
        text = json.dumps({"format": _FORMAT, "factors": factors}, indent=2) + "\n"
        self._kept = self._now  # also where writing fails: a full disk is not asked again at every reply
        with contextlib.suppress(StorageError, OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_atomic(self._path, text.encode())


def _load(path: Path) -> Calibration:
    try:
        data = path.read_bytes()
    except OSError:
        return Calibration()
    try:
        return Calibration(factors=_factors(json.loads(data)))
    except (ValueError, RecursionError):
        with contextlib.suppress(StorageError, OSError):
            set_aside(path)
        return Calibration()


def _factors(read: object) -> dict[str, float]:
    """The factors that can be true. Raises ValueError where this is no table of factors."""
    whole = cast(dict[str, object], read) if isinstance(read, dict) else {}
    table = whole.get("factors")
    if whole.get("format") != _FORMAT or not isinstance(table, dict):
        raise ValueError("no table of token factors")
    return {
        str(name): float(value)
        for name, value in cast(dict[object, object], table).items()
        if isinstance(value, (int, float)) and LOWEST <= value <= HIGHEST
    }
