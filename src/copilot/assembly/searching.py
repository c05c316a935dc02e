"""Searching all projects: the index is brought up to date with what changed on the disk, then asked.

Nothing enters the index that the one writer of logs would take out. Where this run holds a key that no run
held when texts were read, the index begins anew, so that the key is in none of them.
"""

import hashlib
import secrets
import threading
from collections.abc import Callable, Collection, Iterator
from itertools import islice

from copilot.assembly.search_reading import unchanged
from copilot.assembly.search_sources import Place, places
from copilot.projects.home import Home
from copilot.record.search_index import SearchIndex, SearchText
from copilot.storage.redaction import Redactor
from copilot.vocabulary.errors import CopilotError, LockedError, StorageError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.search_values import SearchAsked, SearchFound
from copilot.vocabulary.text import SHORTEST_KEY, clean, sentences

FILE = "search.sqlite"
_KEYS, _SALT = "keys", "salt"
_LOCK_SECONDS = 0.2
_TOGETHER = 100
"""Texts that are looked at for keys as one."""
_BUSY = "Another program is bringing the index up to date: the newest messages may be missing."

Progress = Callable[[int, int], None]


def never() -> bool:
    """Nobody stops it."""
    return False


def untold(_done: int, _of: int) -> None:
    """Nobody wants to know."""


class Searcher:
    """Of one home. Any thread may call it; `find` does not wait for `refresh`.

    `keys` are those that the program holds, looked at anew each time.
    """

    def __init__(self, home: Home, keys: Collection[str], *, module: str = "fts5") -> None:
        self._home = home
        self._keys = keys
        self._module = module
        self._refreshing = threading.Lock()
        self._asking = threading.Lock()
        self._asked: SearchIndex | None = None

    def refresh(self, progress: Progress = untold, stopped: Callable[[], bool] = never) -> tuple[str, ...]:
        """Read what changed since the last time; what the person should know. Raises StorageError.

        `progress` hears bytes done and in all. A source that cannot be read keeps what was known of it.
        """
        with self._refreshing:
            index = self._open()
            try:
                with index.writing(_LOCK_SECONDS):
                    return (*index.notices, *self._refresh(index, progress, stopped))
            except LockedError:
                return (*index.notices, _BUSY)
            finally:
                index.close()

    def find(self, asked: SearchAsked) -> SearchFound:
        """The newest places; `trouble` says what is wrong with the words, or with the index."""
        with self._asking:
            try:
                if self._asked is None:
                    self._asked = self._open()
                return self._asked.find(asked)
            except StorageError as error:
                self._let_go()
                return SearchFound(trouble=sentences(str(error), error.hint))

    def interrupt(self) -> None:
        """From any thread: end the search that is under way."""
        asked = self._asked
        if asked is not None:
            asked.interrupt()

    def close(self) -> None:
        """Let go of the index; the next search opens it again."""
        with self._asking:
            self._let_go()

    def _let_go(self) -> None:
        asked, self._asked = self._asked, None
        if asked is not None:
            asked.close()

    def _open(self) -> SearchIndex:
        return SearchIndex(self._home.state / FILE, module=self._module)

    def _refresh(self, index: SearchIndex, progress: Progress, stopped: Callable[[], bool]) -> Iterator[str]:
        _know_keys(index, self._keys)
        known = index.stamps()
        there = {place.source.name: place for place in places(self._home, known)}
        index.forget(name for name in known if name not in there)
        changed = [one for name, one in there.items() if not unchanged(known.get(name, ""), one.files)]
        redactor = Redactor(self._keys)
        done, of = 0, sum(place.size for place in changed)
        for place in changed:
            if stopped():
                return
            progress(done, of)
            read = _Reading(place, redactor, lambda part, done=done: progress(done + part, of))
            try:
                read.put_into(index, known.get(place.source.name, ""), stopped)
            except _UnreadableError as error:
                yield f"{place.source.name} could not be read for the search: {error}"
            done += place.size
        progress(of, of)


class _UnreadableError(Exception):
    """A source cannot be read; the index is well."""


@frozen(kw_only=False)
class _Reading:
    """One source on its way into the index. `tell` hears how many of its bytes are done."""

    place: Place
    redactor: Redactor
    tell: Callable[[int], None]

    def put_into(self, index: SearchIndex, before: str, stopped: Callable[[], bool]) -> None:
        """Raises _UnreadableError, and StorageError for trouble with the index."""
        source = self.place.source
        try:
            reading = self.place.read(before, lambda message: index.branch_of(source.name, message))
        except (CopilotError, OSError, RecursionError) as error:
            raise _UnreadableError(str(error)) from error
        texts = self._without_keys(reading.texts)
        index.put(source, texts, reading.stamp, beneath=reading.beneath, stopped=stopped)

    def _without_keys(self, texts: Iterator[SearchText]) -> Iterator[SearchText]:
        """Looking at many texts as one is far cheaper than at each, and nearly all hold no key."""
        done = 0
        while some := tuple(islice(texts, _TOGETHER)):
            whole = "\n".join(
                part for text in some for part in (text.text, text.title, text.branch, text.ref)
            )
            if self.redactor.text(whole) == whole == clean(whole):
                yield from some
            else:
                yield from (_cleaned(text, self.redactor) for text in some)
            done += len(whole)
            self.tell(min(done, self.place.size))


def _cleaned(text: SearchText, redactor: Redactor) -> SearchText:
    return replace(
        text,
        ref=clean(text.ref),
        message=clean(text.message),
        call=clean(text.call),
        text=clean(redactor.text(text.text)),
        title=clean(redactor.text(text.title)),
        branch=clean(redactor.text(text.branch)),
    )


def _know_keys(index: SearchIndex, keys: Collection[str]) -> None:
    """Begin the index anew where a key is held of which it does not know. It knows salted hashes alone."""
    salt = index.fact(_SALT)
    known = set(index.fact(_KEYS).split())
    marks = {_mark(salt, key) for key in keys if len(key) >= SHORTEST_KEY} if salt else set[str]()
    if salt and marks <= known:
        return
    if salt:
        index.empty()
    salt = salt or secrets.token_hex(16)
    marks = {_mark(salt, key) for key in keys if len(key) >= SHORTEST_KEY}
    index.set_fact(_SALT, salt)
    index.set_fact(_KEYS, " ".join(sorted(known | marks)))


def _mark(salt: str, key: str) -> str:
    return hashlib.sha256(f"{salt}{key}".encode()).hexdigest()
