"""`state/requests/`: bodies of requests with their readable texts, and which one each branch sent last.

`<hash>.json` is a body, `<hash>.txt` the same to read; `<branch>.<hash>.last.json` names the sections of what
a branch sent last. Only the newest are kept, and those that a branch sent last.
"""

import contextlib
import json
import os
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from copilot.ai.cache_break import Sent
from copilot.ai.xray import FileSpan, Layout, Xray
from copilot.context.aggregate import Aggregate, files_markdown, instructions_pieces
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import make_folder
from copilot.vocabulary.frozen import by_name, frozen
from copilot.vocabulary.text import without_keys
from copilot.vocabulary.values import ModelChoice, Section, Usage

NEWEST = 16
"""Requests that are kept although no branch sent them last."""

_LAST = ".last.json"


@frozen
class Promise:
    """What a request left in its service's cache, for those that follow: `tokens` that the service read from
    it or wrote to it, of which model, and when the answer `ended` (UTC seconds)."""

    provider: str
    model: str
    base_url: str
    tokens: int
    ended: float

    @classmethod
    def of(cls, model: ModelChoice, usage: Usage, ended: float) -> "Promise":
        """That of a request to `model`."""
        tokens = usage.cache_read_tokens + usage.cache_write_tokens
        return cls(
            provider=model.provider, model=model.model, base_url=model.base_url, tokens=tokens, ended=ended
        )


class RequestFiles:
    """The folder; it is made when there is something to write. `keys` are taken out of what is written."""

    def __init__(self, folder: Path, keys: Collection[str]) -> None:
        self._folder = folder
        self._keys = keys

    def keep(self, seen: Xray) -> tuple[Path | None, Path]:
        """Write a request; where its body (None where it has none) and its text are. Raises StorageError."""
        hashed = sha256(seen.text.encode()).hexdigest() if seen.body is None else seen.body.sha256
        stem = hashed[:16]
        make_folder(self._folder)
        text_path, body_path = self._folder / f"{stem}.txt", self._folder / f"{stem}.json"
        if seen.body is not None:
            self._write(body_path, seen.body.text)
        self._write(text_path, seen.text)
        self._prune(stem)
        return (None if seen.body is None else body_path), text_path

    def remember(self, project: str, branch: str, seen: Xray, promise: Promise | None = None) -> None:
        """Keep a request as the last one that the branch sent. Raises StorageError."""
        _, text_path = self.keep(seen)
        name = _branch_key(project, branch)
        sections = [[s.kind, s.name, s.start, s.end] for s in seen.sections]
        told: dict[str, object] = {"cached_end": seen.cached_end, "sections": sections}
        if promise is not None:
            told["promise"] = by_name(promise)
        path = self._folder / f"{name}.{text_path.stem}{_LAST}"
        older = [p for p in self._folder.glob(f"{name}.*{_LAST}") if p != path]
        write_atomic(path, json.dumps(told, separators=(",", ":")).encode())
        for gone in older:
            with contextlib.suppress(OSError):
                gone.unlink()

    def last(self, project: str, branch: str) -> Sent | None:
        """What the branch sent last; None where nothing is known of it, or it cannot be read any more."""
        try:
            stem, told = self._newest(project, branch)
            text = (self._folder / f"{stem}.txt").read_bytes().decode()
            sections = tuple(
                Section(kind=kind, name=name, start=start, end=end, tokens=0)
                for kind, name, start, end in told["sections"]
            )
            return Sent(text=text, sections=sections, cached_end=int(told["cached_end"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def promise(self, project: str, branch: str) -> Promise | None:
        """What that request left in the service's cache; None where nobody knows."""
        try:
            told = self._newest(project, branch)[1]["promise"]
            named = {name: str(told[name]) for name in ("provider", "model", "base_url")}
            return Promise(**named, tokens=int(told["tokens"]), ended=float(told["ended"]))
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            return None

    def _newest(self, project: str, branch: str) -> tuple[str, dict[str, Any]]:
        """The name of the last request's files, and what is known of it. Raises OSError, ValueError."""
        paths = list(self._folder.glob(f"{_branch_key(project, branch)}.*{_LAST}"))
        index = max(paths, key=lambda path: path.stat().st_mtime_ns)
        return index.name.split(".")[1], cast(dict[str, Any], json.loads(index.read_bytes()))

    def _write(self, path: Path, text: str) -> None:
        with contextlib.suppress(OSError):
            os.utime(path)  # its name is the hash of what is in it: it is only newer now
            return
        write_atomic(path, without_keys(text, self._keys).encode())

    def _prune(self, newest: str) -> None:
        with contextlib.suppress(OSError):
            texts = sorted(self._folder.glob("*.txt"), key=lambda path: -path.stat().st_mtime_ns)
            held = {newest} | {path.name.split(".")[1] for path in self._folder.glob(f"*{_LAST}")}
            for path in texts[NEWEST:]:
                if path.stem not in held:
                    path.with_suffix(".json").unlink(missing_ok=True)
                    path.unlink(missing_ok=True)


def layout_of(md_content: str, built: Aggregate, keys: Collection[str]) -> Layout:
    """Where each file's part of the cacheable prefix ends; those that are not shown are one part."""
    files = without_keys(files_markdown(built.items), keys)
    if not md_content.endswith(files):
        return Layout(files_at=len(md_content))
    at = files_at = len(md_content) - len(files)
    spans: list[FileSpan] = []
    for item in built.items:
        text = without_keys(item.text, keys)
        found = md_content.find(text, at)
        if item.note or found < 0:
            break
        at = found + len(text)
        pinned = item.path in built.found.chosen and built.found.chosen[item.path].pinned
        spans.append(FileSpan(name=item.path, end=at, view=item.view, pinned=pinned))
    if at < len(md_content):
        spans.append(FileSpan(name="not shown" if built.items else "no files", end=len(md_content)))
    return Layout(
        files_at=files_at, files=tuple(spans), instructions=_instructions(md_content[:files_at], built, keys)
    )


def _instructions(before: str, built: Aggregate, keys: Collection[str]) -> tuple[FileSpan, ...]:
    """Where the project's instructions stand in what comes before the files; the first span ends where they
    begin, and has no name."""
    pieces = [without_keys(one, keys) for one in instructions_pieces(built.instructions)]
    whole = "".join(pieces)
    at = before.rfind(whole) if whole else -1
    if at < 0:
        return ()
    spans = [FileSpan(name="", end=at)]
    at += len(pieces[0])
    for (name, _), text in zip(built.instructions, pieces[1:], strict=True):
        at += len(text)
        spans.append(FileSpan(name=name, end=at))
    return tuple(spans)


def _branch_key(project: str, branch: str) -> str:
    return sha256(f"{project}\n{branch}".encode()).hexdigest()[:24]
