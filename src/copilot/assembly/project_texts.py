"""A project for the search: whole at first, then only what came into journal, file and history since."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from copilot.assembly.search_reading import Read, Reading, bytes_from, joined, said_of
from copilot.projects.journal import ChangeEntry, Entry, MessageEntry, decode_line
from copilot.projects.peeking import peek
from copilot.record.search_index import SearchText
from copilot.record.search_texts import texts_of
from copilot.vocabulary.messages import Discussion, Message

_CHECKSUM = 8
"""Characters of a journal line's checksum, which stands first."""

BranchOf = Callable[[str], str | None]


def project_reader(path: Path, files: str) -> Read:
    """Reads the project at `path`, whose files have the stamp `files`."""
    return lambda before, branch_of: _tail(path, files, before, branch_of) or _file(path, files, before)


def home_branches(discussion: Discussion) -> Mapping[str, str]:
    """For each message a branch that leads there, the active one before others; none for one on none."""
    parents = {message.id: message.parent for message in discussion.messages}
    found: dict[str, str] = {}
    for branch in sorted(discussion.branches, key=lambda one: one.name != discussion.active):
        at = branch.tip
        while at is not None and at not in found:
            found[at] = branch.name
            at = parents[at]
    return found


def _file(path: Path, files: str, before: str) -> Reading:
    """The project: of one that has only grown, what its file and the history files that are new to it say."""
    found = peek(path)
    discussion, history = found.project.discussion, found.file.history
    named = [one.file for one in history.named] if history is not None else []
    branches = home_branches(discussion)
    messages = discussion.messages
    said = said_of(before)
    grown = said is not None and _only_grown(said, named, discussion)
    if said is not None and grown and history is not None:
        known = sum(one.messages for one in history.named[: len(said["history"])])
        messages = messages[known:]
    return Reading(
        texts=_texts(messages, branches),
        stamp=joined(
            files,
            place=_place_in(found.journal),
            tips=_tips(discussion),
            history=[] if history is None or history.lost else named,
            active=discussion.active,
        ),
        beneath=tuple(message.id for message in messages) if grown else None,
    )


def _only_grown(said: Mapping[str, Any], named: list[str], discussion: Discussion) -> bool:
    """Whether all that was read is there and on the branch where it was: then older files need no reading."""
    old: list[str] = said.get("history", [])
    tips = _tips(discussion)
    if not old or named[: len(old)] != old or said.get("active") != discussion.active:
        return False
    if said["tips"].keys() != tips.keys():
        return False
    ends = {tip for tip in said["tips"].values() if tip is not None}
    parents = {message.id: message.parent for message in discussion.messages}
    for name, tip in tips.items():
        at, end = tip, said["tips"][name]
        while at != end and at is not None and at not in ends:
            at = parents[at]
        if at != end:
            return False
    return True


def _texts(messages: Iterable[Message], branches: Mapping[str, str]) -> Iterator[SearchText]:
    for message in messages:
        if message.id in branches:
            yield from texts_of(message, branches[message.id])


def _tail(path: Path, files: str, before: str, branch_of: BranchOf) -> Reading | None:
    """What the journal got since; None where that does not say how the project is now."""
    said = said_of(before)
    if said is None or said["files"][0] != json.loads(files)[0]:
        return None
    start, checksum = said["place"]
    journal = bytes_from(path.with_suffix(".journal"), start)
    lines = journal.splitlines()
    if checksum and (not lines or lines[0][:_CHECKSUM].decode("ascii", "replace") != checksum):
        return None  # it was emptied meanwhile, and grew again
    found = _messages(_entries(lines[1:] if checksum else lines), said["tips"], branch_of)
    if found is None:
        return None
    place = _place_in(journal)
    return Reading(
        texts=(text for texts in found.values() for text in texts),
        stamp=joined(
            files,
            place=[start + place[0], place[1] or checksum],
            tips=said["tips"],
            history=said.get("history", []),
            active=said.get("active"),
        ),
        beneath=tuple(found),
    )


def _messages(
    entries: Iterable[Entry], tips: dict[str, Any], branch_of: BranchOf
) -> dict[str, tuple[SearchText, ...]] | None:
    """The texts of each message that came or changed; `tips` are brought up to date."""
    found: dict[str, tuple[SearchText, ...]] = {}
    new: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry, ChangeEntry) and (entry.added or _tips(entry.project.discussion) != tips):
            return None
        if isinstance(entry, MessageEntry):
            message = entry.message
            branch = new.get(message.id) or branch_of(message.id)
            if branch is None:
                branch = new[message.id] = entry.branch
                tips[branch] = message.id
            elif branch != entry.branch:
                return None
            found[message.id] = tuple(texts_of(message, branch))
    return found


def _entries(lines: Iterable[bytes]) -> Iterator[Entry]:
    for line in lines:
        if (numbered := decode_line(line)) is not None:
            yield numbered.entry


def _tips(discussion: Discussion) -> dict[str, str | None]:
    return {branch.name: branch.tip for branch in discussion.branches}


def _place_in(journal: bytes) -> tuple[int, str]:
    """Where the last whole line begins, and its checksum; (0, "") where there is none."""
    end = journal.rfind(b"\n")
    if end < 0:
        return 0, ""
    start = journal.rfind(b"\n", 0, end) + 1
    return start, journal[start : start + _CHECKSUM].decode("ascii", "replace")
