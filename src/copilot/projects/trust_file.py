"""`state/trust.json`: which very contents of a project the person trusts or refused. Never in the project."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder
from copilot.storage.locks import hold
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.trusts import TRUST_KINDS, TrustItem, TrustKind, TrustState

MOST_ENTRIES = 2_000
_LOCK_SECONDS = 5.0
_STATES: tuple[TrustState, ...] = ("trusted", "refused")


@frozen
class Answer:
    """What the person said of one content in one place. `text` is what they saw, to compare with later."""

    base_dir: str
    kind: TrustKind
    name: str
    sha256: str
    state: TrustState
    text: str


class TrustFile:
    """The file, read anew each time: another program may have written it. Without a path all is in memory."""

    def __init__(self, path: Path | None = None, disk: Disk = SYSTEM_DISK) -> None:
        self._path = path
        self._disk = disk
        self._kept: tuple[Answer, ...] = ()

    def answers(self) -> tuple[Answer, ...]:
        """All answers, the newest last. A file that cannot be read trusts nothing."""
        if self._path is None:
            return self._kept
        try:
            data = self._path.read_bytes()
        except OSError:
            return ()
        return tuple(_answers(data))

    def keep(self, base_dir: str, items: Iterable[TrustItem], state: TrustState) -> None:
        """Keep an answer for each, in place of older ones of the same place. Raises StorageError.

        One that holds everywhere is kept without a place.
        """
        new = tuple(
            Answer(
                base_dir="" if item.everywhere else base_dir,
                kind=item.kind,
                name=item.name,
                sha256=item.sha256,
                state=state,
                text=item.text,
            )
            for item in items
        )
        if self._path is None:
            self._kept = _joined(self._kept, new)
            return
        make_folder(self._path.parent)
        with hold(self._path.with_suffix(".lock"), wait_seconds=_LOCK_SECONDS):
            kept = _joined(self.answers(), new)
            written = [_entry(one) for one in kept[-MOST_ENTRIES:]]
            data = json.dumps({"version": 1, "answers": written}, indent=1).encode()
            write_atomic(self._path, data, disk=self._disk)


def _joined(old: Iterable[Answer], new: tuple[Answer, ...]) -> tuple[Answer, ...]:
    places = {(one.base_dir, one.kind, one.name) for one in new}
    return (*(one for one in old if (one.base_dir, one.kind, one.name) not in places), *new)


def _entry(one: Answer) -> dict[str, str]:
    return {
        "base_dir": one.base_dir,
        "kind": one.kind,
        "name": one.name,
        "sha256": one.sha256,
        "state": one.state,
        "text": one.text,
    }


def _answers(data: bytes) -> Iterable[Answer]:
    try:
        told = cast(dict[str, Any], json.loads(data))
        entries = cast(list[dict[str, Any]], told["answers"])
        for entry in entries:
            if entry["state"] in _STATES and entry["kind"] in TRUST_KINDS:
                texts = {key: str(entry[key]) for key in ("base_dir", "name", "sha256", "text")}
                yield Answer(kind=entry["kind"], state=entry["state"], **texts)
    except (ValueError, LookupError, TypeError):
        return
