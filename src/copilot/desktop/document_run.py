"""One look at a folder and the run that may follow from it, off the main thread; `documenting` starts them.

Looking keeps open what asking needs. Every answer is kept as it comes.
"""

import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from copilot.assembly.choice import Flags
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.surroundings import Surroundings
from copilot.desktop.documented import Listed, Wanted, spent_words, to_look_at
from copilot.documents.telling import many, span_words, written_words
from copilot.projects.home import Home
from copilot.vocabulary.errors import CopilotError, TurnCancelledError
from copilot.vocabulary.events import Event, Notice, RetryScheduled
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.money import SCOPE_WORDS, money
from copilot.vocabulary.text import sentences, without_keys
from copilot.vocabulary.values import ModelChoice, Project

if TYPE_CHECKING:
    from copilot.assembly.documenting import Documenting
    from copilot.documents.asking import Asker
    from copilot.documents.planning import Plan
    from copilot.documents.working import Progress, Work

JOBS = 8
"""Requests at once, as `copilot document` has it."""
_FEWEST_FOR_TIME = 5
_STOPPED = "Stopped. What was answered is kept, and is not paid for again."


@frozen
class Live:
    """How far the thread is that works."""

    done: int = 0
    of: int = 0
    told: str = ""
    trouble: str = ""


@frozen
class Seen:
    """What a look gave."""

    plan: "Plan | None" = None
    model: ModelChoice | None = None
    capped: str = ""
    stale: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    there: bool = False
    trouble: str = ""
    stopped: bool = False


@frozen
class Ended:
    """What a run gave."""

    told: str = ""
    trouble: str = ""
    stopped: bool = False
    listed: tuple[Listed, ...] = ()


class DocumentRun:
    """`look` once, then perhaps `agree` and `ask`. Once asked, it holds nothing open; else `close` it.

    `patterns` are those that the look went by.
    """

    def __init__(self, wanted: Wanted, keys: HeldKeys) -> None:
        self.wanted = wanted
        self._keys = keys
        self.patterns: tuple[str, ...] = ()
        self.live = Live()
        """Replaced by the thread as it goes."""
        self._stop = threading.Event()
        self._over = threading.Event()
        self._rest = ExitStack()
        self._documenting: Documenting | None = None
        self._work: Work | None = None

    def stop(self) -> None:
        """Stop what is under way; what was answered is kept."""
        self._stop.set()

    def wait(self, seconds: float) -> None:
        """Until what is under way has ended, or for so long."""
        self._over.wait(seconds)

    def close(self) -> None:
        """Close what the look holds open. Away from the main thread: databases and logs are closed."""
        self._rest.close()

    def look(self, around: Surroundings, home: Home, model: ModelChoice, project: Project | None) -> Seen:
        """On a thread of its own: read the folder, and say what a run would ask and cost."""
        try:
            return self._look(around, home, model, project)
        except TurnCancelledError:
            return Seen(stopped=True)
        except CopilotError as error:
            return Seen(trouble=self._said(error))
        finally:
            self._over.set()

    def _look(self, around: Surroundings, home: Home, model: ModelChoice, project: Project | None) -> Seen:
        from copilot.assembly.document_page import patterns_for, place_in, stale_lines, text_of
        from copilot.assembly.documenting import Said, documenting
        from copilot.documents.page import bodies
        from copilot.documents.reading import read_sources

        wanted, stopped = self.wanted, self._stop.is_set
        text = text_of(wanted.page)
        bodies(text or "")  # a page that cannot be used is told of before anything is paid for
        said = Said(
            base_dir=wanted.folder,
            flags=_flags(model),
            patterns=patterns_for(wanted.patterns, text),
            page=place_in(wanted.folder, wanted.page),
        )
        self.patterns = said.patterns
        if project is not None and project.base_dir != str(wanted.folder):
            project = replace(project, files=())
        run, where, _ = self._rest.enter_context(
            documenting(around, home, said, held=self._keys, project=project)
        )
        self._documenting = run
        reading = read_sources(where, stopped, progress=self._reading)
        work = self._work = run.work(reading, stopped)
        work.look(stopped, self._reading)
        plan = run.plan(work)
        return Seen(
            plan=plan,
            model=run.model,
            capped=_cap(run, plan),
            stale=() if text is None else stale_lines(text, reading.sources),
            left_out=reading.left_out,
            there=text is not None,
            trouble="" if reading.sources else "No file there can be documented: look at the patterns.",
        )

    def agree(self, plan: "Plan") -> None:
        """The person said yes to this: before `ask`, on the main thread."""
        self.live = Live(of=plan.files + plan.folders)
        self._over.clear()

    def ask(self, plan: "Plan", *, past_caps: bool) -> Ended:
        """On a thread of its own: ask for what is missing, and write the page."""
        asker: list[Asker] = []
        began = time.monotonic()

        def progress(state: "Progress", one: "Asker") -> None:
            asker[:] = [one]
            self._asked(state, one, time.monotonic() - began)

        try:
            from copilot.assembly.document_page import write_page

            assert self._documenting is not None
            assert self._work is not None
            if not plan.nothing:
                self._documenting.go(
                    self._work,
                    jobs=JOBS,
                    stop=self._stop,
                    past_caps=past_caps,
                    emit=self._heard,
                    progress=progress,
                )
            done = write_page(self._work, self.wanted.page, self.wanted.folder, self.patterns)
            return Ended(
                told=" ".join(filter(None, (written_words(done), spent_words(asker)))),
                listed=tuple(to_look_at(self._work, done)),
            )
        except TurnCancelledError:
            return Ended(stopped=True, told=" ".join(filter(None, (_STOPPED, spent_words(asker)))))
        except CopilotError as error:
            return Ended(stopped=True, told=spent_words(asker), trouble=self._said(error))
        finally:
            self._rest.close()
            self._over.set()

    def _reading(self, done: int, of: int) -> None:
        self.live = Live(done=done, of=of)

    def _asked(self, state: "Progress", asker: "Asker", seconds: float) -> None:
        told = many(asker.asked, "request")
        if asker.usd:
            told += f", {money(asker.usd)}"
        if state.done >= _FEWEST_FOR_TIME:
            told += f", about {span_words(seconds / state.done * (state.of - state.done))} left"
        self.live = replace(self.live, done=state.done, of=state.of, told=told)

    def _heard(self, event: Event) -> None:
        """What a person should know meanwhile."""
        match event:
            case RetryScheduled() if event.wait_seconds >= 1:
                words = f"Waiting {event.wait_seconds:.0f} s: {event.reason}"
                self.live = replace(self.live, trouble=without_keys(words, self._keys))
            case Notice():
                self.live = replace(self.live, trouble=without_keys(event.text, self._keys))
            case _:
                pass

    def _said(self, error: CopilotError) -> str:
        return without_keys(sentences(str(error), error.hint), self._keys)


def _flags(model: ModelChoice) -> Flags:
    return Flags(
        provider=model.provider, model=model.model, base_url=model.base_url, api_version=model.api_version
    )


def _cap(run: "Documenting", plan: "Plan") -> str:
    """What cap even the least would pass, in words; "" where none."""
    if plan.nothing:
        return ""
    over = run.over(None if plan.usd is None else plan.usd.least)
    if over is None:
        return ""
    cap = f"your cap of {money(over.cap_usd)} {SCOPE_WORDS[over.scope]}"
    return f"No price is known, so {cap} cannot hold." if plan.usd is None else f"It would pass {cap}."
