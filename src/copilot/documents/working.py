"""The work itself: what is not known yet is asked for, side by side, files first, then what is around them.

An answer is kept before it counts, by the hash of its question: what was paid for once is never asked again,
and a folder is asked about anew exactly when what is told of its parts has changed.
"""

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from copilot.documents.asking import Question, of_one_file
from copilot.documents.checking import Checker, Wrong
from copilot.documents.facts import Book
from copilot.documents.prompts import (
    FILE_PARTS_PROMPT,
    FILE_PROMPT,
    FOLDER_PROMPT,
    ROOT_PROMPT,
    Entry,
    file_text,
    folder_text,
    mend_text,
    part_text,
    parts_text,
)
from copilot.documents.reading import Source
from copilot.documents.store import Store
from copilot.documents.tidying import first_paragraph, marked, tidied
from copilot.documents.tree import Folder, leaves_of, parts, tree, walk
from copilot.documents.writing import Text
from copilot.vocabulary.errors import BadResponseError, ProviderError, TurnCancelledError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.values import ModelChoice

PART_TOKENS = 24_000
"""What of a large folder is told in one request."""
_TOLD_OF_FILE, _TOLD_OF_FOLDER, _NAMES_TOLD = 600, 1_500, 16
_LOOK_SECONDS = 0.1
_LEAST_ROOM, _AROUND = 500, 100
"""Tokens: of a part of a file at least, and of what stands around it."""


class Asking(Protocol):
    """Who is asked: `asking.Asker`, or nobody while it is only looked what is known."""

    def ask(self, question: Question) -> str: ...


class NotKnown(Exception):  # no error: nobody was to be asked
    """There is no answer to this question yet."""

    def __init__(self, question: Question) -> None:
        super().__init__("not known yet")
        self.question = question


class Nobody:
    """Answers nothing."""

    def ask(self, question: Question) -> str:
        """Raises NotKnown."""
        raise NotKnown(question)


@frozen
class Progress:
    """`done` of `of` files and folders that had to be asked about."""

    done: int
    of: int


@mutable
class Outcome:
    """What is known in the end, by path; how many answers were sent back."""

    texts: dict[str, Text] = field(default_factory=dict[str, Text])
    wrong: dict[str, tuple[Wrong, ...]] = field(default_factory=dict[str, tuple[Wrong, ...]])
    failed: dict[str, str] = field(default_factory=dict[str, str])
    mended: int = 0


@mutable(kw_only=True)
class Work:
    """One run over some `sources`. `estimate` gives tokens of a text; a prompt may have `room` of them."""

    sources: Sequence[Source]
    model: ModelChoice
    store: Store
    estimate: Callable[[str], int]
    room: int = 1_000_000_000
    book: Book = field(init=False)
    root: Folder = field(init=False)
    outcome: Outcome = field(default_factory=Outcome, init=False)
    _by_path: Mapping[str, Source] = field(init=False)
    _folders: Mapping[str, Folder] = field(init=False)
    _missing: dict[str, Question | None] = field(default_factory=dict[str, "Question | None"], init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        self._by_path = {source.path: source for source in self.sources}
        self.book = Book({source.path: source.facts for source in self.sources})
        self.root = tree(source.leaf for source in self.sources)
        self._folders = {folder.path: folder for folder in walk(self.root)}

    def look(self, cancelled: Callable[[], bool], progress: Callable[[int, int], None]) -> None:
        """Take from the store what is known; the rest is `missing`.

        Raises StorageError, TurnCancelledError.
        """
        self._missing.clear()
        everything = [source.path for source in self.sources]
        everything += [folder.path for folder in reversed(list(walk(self.root)))]
        for done, path in enumerate(everything, 1):
            if cancelled():
                raise TurnCancelledError("stopped")
            progress(done, len(everything))
            if path in self.outcome.texts:
                continue
            folder = self._folders.get(path)
            try:
                if folder is not None and any(one in self._missing for one in folder.entries):
                    self._missing[path] = None
                else:
                    self._document(path, Nobody())
            except NotKnown as unknown:
                self._missing[path] = unknown.question

    @property
    def missing(self) -> "Mapping[str, Question | None]":
        """What has to be asked about; the first question, None where it is not known yet."""
        return self._missing

    @property
    def part_tokens(self) -> int:
        """What of a large folder is told in one request, at most."""
        return min(PART_TOKENS, max(_LEAST_ROOM, self.room // 2))

    @property
    def folders(self) -> list[Folder]:
        """Those that have a text of their own, the root among them."""
        return [folder for folder in walk(self.root) if not folder.passes_on]

    def question(self, source: Source) -> Question:
        """What is asked about a file."""
        return Question(FILE_PROMPT, (file_text(source.path, source.told, outlined=source.outlined),))

    def pieces(self, path: str) -> Sequence[str]:
        """The text of a file in as many parts as the model's window calls for; none of a folder."""
        source = self._by_path.get(path)
        if source is None:
            return ()
        if len(source.told) <= self.room // 2:  # a token has more than a character
            return (source.told,)
        room = max(_LEAST_ROOM, self.room - self.estimate(FILE_PROMPT) - _AROUND)
        tokens = self.estimate(source.told)
        return (source.told,) if tokens <= room else in_pieces(source.told, len(source.told) * room // tokens)

    def run(
        self, asker: Asking, jobs: int, stop: threading.Event, progress: Callable[[Progress], None]
    ) -> Outcome:
        """Do all that is missing with so many requests at once.

        Raises what stops the run: CapError, ProviderError, StorageError, TurnCancelledError once `stop` is
        set; answers that came until then are kept.
        """
        ready: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        ended: queue.SimpleQueue[tuple[str, BaseException | None]] = queue.SimpleQueue()
        over = threading.Event()  # nothing new begins; what was asked is answered, since it is paid for

        def worker() -> None:
            while (path := ready.get()) is not None:
                error: BaseException | None = None
                try:
                    if stop.is_set() or over.is_set():
                        raise TurnCancelledError("stopped")
                    self._document(path, asker)
                except BaseException as raised:  # handed to the caller's thread, which raises it
                    error = raised
                ended.put((path, error))

        threads = [threading.Thread(target=worker, name=f"document-{n}", daemon=True) for n in range(jobs)]
        for thread in threads:
            thread.start()
        try:
            self._conduct(ready, ended, over, progress)
        finally:
            for _ in threads:
                ready.put(None)
            for thread in threads:
                thread.join()
        return self.outcome

    def _conduct(
        self,
        ready: "queue.SimpleQueue[str | None]",
        ended: "queue.SimpleQueue[tuple[str, BaseException | None]]",
        over: threading.Event,
        progress: Callable[[Progress], None],
    ) -> None:
        """Hand out what can be done, until all is; a folder when all in it is. Sets `over` at an error."""
        above, waiting = self._dependencies()
        todo, done = len(self._missing), 0
        begun = [path for path in self._missing if not waiting.get(path)]
        for path in begun:
            ready.put(path)
        trouble: BaseException | None = None
        while done < len(begun):
            try:
                path, error = ended.get(timeout=_LOOK_SECONDS)
            except queue.Empty:
                progress(Progress(done=done, of=todo))
                continue
            done += 1
            if error is not None:
                trouble = _worse(trouble, error)
                over.set()
                continue
            progress(Progress(done=done, of=todo))
            folder = above.get(path)
            if folder is not None:
                waiting[folder] -= 1
                if waiting[folder] == 0 and trouble is None:
                    begun.append(folder)
                    ready.put(folder)
        if trouble is not None:
            raise trouble

    def _dependencies(self) -> tuple[dict[str, str], dict[str, int]]:
        """The folder above each path, and for how much that is missing each folder waits."""
        above: dict[str, str] = {}
        waiting: dict[str, int] = {}
        for folder in walk(self.root):
            waiting[folder.path] = sum(path in self._missing for path in folder.entries)
            above.update((path, folder.path) for path in folder.entries)
        return above, waiting

    def _document(self, path: str, asker: Asking) -> None:
        """One file or folder, on a thread of its own."""
        source = self._by_path.get(path)
        try:
            if source is None:
                self._folder(path, asker)
            elif source.told:
                checker = Checker(self.book, (source.facts,), path, "file")
                question = self._whole(source, checker, asker)
                self._keep(path, *self._answered(question, checker, asker))
            else:
                self._keep(path, "", ())
        except ProviderError as error:
            if not of_one_file(error):
                raise
            with self._lock:
                self.outcome.failed[path] = str(error)
                self.outcome.texts[path] = Text(f"*Not documented: {tidied(str(error))}*")

    def _whole(self, source: Source, checker: Checker, asker: Asking) -> Question:
        """What is asked about a file in the end: what is longer than the window is asked about in parts."""
        pieces = self.pieces(source.path)
        if len(pieces) == 1:
            return self.question(source)
        told: list[Entry] = []
        for number, piece in enumerate(pieces, 1):
            asked = part_text(source.path, piece, number, len(pieces))
            text, _ = self._answered(Question(FILE_PROMPT, (asked,)), checker, asker)
            told.append(Entry(f"{source.path} (part {number} of {len(pieces)})", text))
        return Question(FILE_PARTS_PROMPT, (parts_text(source.path, told),))

    def _folder(self, path: str, asker: Asking) -> None:
        folder = self._folders[path]
        if folder.passes_on:
            with self._lock:
                self.outcome.texts[path] = self.outcome.texts[folder.folders[0].path]
            return
        about = tuple(self._by_path[leaf.path].facts for leaf in leaves_of(folder))
        checker = Checker(self.book, about, path, "folder")
        entries = [self._entry(inner) for inner in folder.entries]
        prompt = FOLDER_PROMPT if path else ROOT_PROMPT
        ranges = parts(
            [entry.path for entry in entries], [self.estimate(e.text) for e in entries], self.part_tokens
        )
        if len(ranges) > 1:
            told: list[Entry] = []
            for number, some in enumerate(ranges, 1):
                asked = folder_text(path, [entries[at] for at in some], number, len(ranges))
                text, _ = self._answered(Question(FOLDER_PROMPT, (asked,)), checker, asker)
                told.append(Entry(f"{path} (part {number} of {len(ranges)})", text))
            entries = told
        self._keep(path, *self._answered(Question(prompt, (folder_text(path, entries),)), checker, asker))

    def told(self, path: str) -> str:
        """What a folder is told of one of its parts that is documented."""
        return self._entry(path).text

    def _entry(self, path: str) -> Entry:
        """What a folder is told of one of its parts."""
        text = self.outcome.texts[path]
        if path.endswith("/"):
            return Entry(path, text.body[:_TOLD_OF_FOLDER])
        facts = self._by_path[path].facts
        own = [one.name for one in facts.symbols if not one.owner and not one.name.startswith("_")]
        names = ", ".join(f"`{name}`" for name in dict.fromkeys(own[: _NAMES_TOLD * 2]))
        told = "Empty." if text.empty else first_paragraph(text.body, _TOLD_OF_FILE)
        return Entry(path, f"{told}\nDefines: {names}" if names else told)

    def _answered(self, question: Question, checker: Checker, asker: Asking) -> tuple[str, tuple[Wrong, ...]]:
        """The text, checked: what is wrong goes back once; of two answers the better one stands."""
        text = self._text(question, asker)
        wrong = checker.wrong(text)
        if not wrong:
            return text, ()
        again = Question(question.system, (*question.turns, text, mend_text(wrong)))
        try:
            second = self._text(again, asker)
        except ProviderError as error:
            if not of_one_file(error):
                raise
            return marked(text, wrong), wrong
        with self._lock:
            self.outcome.mended += 1
        still = checker.wrong(second)
        if len(still) <= len(wrong):
            text, wrong = second, still
        return marked(text, wrong), wrong

    def _text(self, question: Question, asker: Asking) -> str:
        """The answer, from the store where it is known."""
        key = question.key(self.model)
        kept = self.store.get(key)
        if kept is None:
            kept = tidied(asker.ask(question))
            if not kept:
                raise BadResponseError("the model gave nothing that can stand in a document")
            self.store.keep([(key, kept)])
        return tidied(kept)  # an earlier release may have kept it

    def _keep(self, path: str, text: str, wrong: tuple[Wrong, ...]) -> None:
        with self._lock:
            self.outcome.texts[path] = Text(text, empty=not text)
            if wrong:
                self.outcome.wrong[path] = wrong


def in_pieces(text: str, most: int) -> list[str]:
    """A text in pieces of at most so many characters, at line ends where there are any."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        end = at + max(1, most)
        if end < len(text):
            end = text.rfind("\n", at, end) + 1 or end
        pieces.append(text[at:end])
        at = end
    return pieces


def _worse(one: BaseException | None, other: BaseException) -> BaseException:
    """The error to tell: that threads stopped because of another is none."""
    return other if one is None or isinstance(one, TurnCancelledError) else one
