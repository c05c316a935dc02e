"""Documenting a folder from the window, without Dear PyGui: looked at, agreed to, stopped, gone on with.

Looking keeps open what asking needs. Every answer is kept as it comes, so that to stop, or the end of the
program, loses nothing that was paid for: going on asks for the rest alone.
"""

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.assembly.choice import Flags
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.surroundings import Surroundings
from copilot.desktop.documented import (
    MOST_LISTED,
    Documented,
    Listed,
    Wanted,
    parted,
    spent_words,
    to_look_at,
)
from copilot.desktop.errands import Errands
from copilot.documents.telling import many, span_words, written_words
from copilot.projects.home import Home
from copilot.vocabulary.errors import CopilotError, TurnCancelledError
from copilot.vocabulary.events import Event, Notice, RetryScheduled
from copilot.vocabulary.frozen import field, frozen, mutable, replace
from copilot.vocabulary.money import SCOPE_WORDS, money
from copilot.vocabulary.text import sentences, without_keys
from copilot.vocabulary.values import ModelChoice, Project

if TYPE_CHECKING:
    from copilot.assembly.documenting import Documenting as Run
    from copilot.documents.asking import Asker
    from copilot.documents.planning import Plan
    from copilot.documents.working import Progress, Work

JOBS = 8
"""Requests at once, as `copilot document` has it."""
CLOSE_SECONDS = 2.0
"""How long the end of the window waits for a run to end: it needs nothing but the last answer's keeping."""
_FEWEST_FOR_TIME = 5


@mutable
class _Job:
    """One look, and the run that may follow from it. `rest` closes what it holds open."""

    wanted: Wanted
    stop: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    rest: ExitStack = field(default_factory=ExitStack)
    patterns: tuple[str, ...] = ()
    run: "Run | None" = None
    work: "Work | None" = None


@frozen
class _Live:
    """How far the thread is that works: only it writes this."""

    done: int = 0
    of: int = 0
    told: str = ""
    trouble: str = ""


@frozen
class _Seen:
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
class _Ended:
    """What a run gave."""

    told: str = ""
    trouble: str = ""
    stopped: bool = False
    listed: tuple[Listed, ...] = ()


class Documenting:
    """One per window. `around` is what a run stands on, None where none may begin; `keys` are those held.

    `model` says who answers next.
    """

    def __init__(
        self,
        around: Surroundings | None,
        home: Home,
        keys: HeldKeys,
        errands: Errands,
        model: Callable[[], ModelChoice],
    ) -> None:
        self._around = around
        self._home = home
        self._keys = keys
        self._errands = errands
        self._model = model
        self._project: Project | None = None
        self._job: _Job | None = None
        self._agreed: tuple[int, float | None] | None = None
        """The most requests and USD that the person said yes to, while it is gone on with."""
        self._state = Documented()
        self._live = _Live()

    @property
    def state(self) -> Documented:
        """As it is now; replaced whenever there is something else to show."""
        state, live = self._state, self._live
        if not state.busy:
            return state
        told = state.told or live.told
        return replace(state, done=live.done, of=live.of, told=told, trouble=live.trouble)

    @property
    def can(self) -> bool:
        """Whether a run can begin from this window."""
        return self._around is not None

    def opened(self, project: Project | None) -> None:
        """The window's project; its folder is proposed."""
        from copilot.assembly.document_page import PAGE

        known = self._project
        self._project = project
        if project is None or (known is not None and known.base_dir == project.base_dir):
            return
        folder = Path(project.base_dir)
        self.choose(Wanted(folder=folder, page=folder / PAGE))

    def choose(self, wanted: Wanted) -> None:
        """Document this from now on; what was looked at before is forgotten."""
        if self._state.busy or wanted == self._state.wanted:
            return
        self._close(self._job)
        self._job = self._agreed = None
        self._state = Documented(wanted=wanted, there=wanted.page.is_file())

    def choose_folder(self, folder: Path) -> None:
        """Document another folder from now on, with its page in its usual place."""
        from copilot.assembly.document_page import PAGE

        patterns = self._state.wanted.patterns if self._state.wanted is not None else ()
        self.choose(Wanted(folder=folder, page=folder / PAGE, patterns=patterns))

    def look(self) -> None:
        """Read the folder, and say what a run would ask and cost, and what of the page is stale."""
        wanted, around = self._state.wanted, self._around
        if self._state.busy or wanted is None or around is None:
            return
        self._close(self._job)
        job, model = _Job(wanted), self._model()
        self._job, self._live = job, _Live()
        self._state = Documented(wanted=wanted, phase="looking", there=self._state.there)
        self._errands.apart(lambda: self._looked(job, around, model), lambda seen: self._saw(job, seen))

    def begin(self, *, past_caps: bool = False) -> None:
        """Ask for what is missing. Where a cap would be passed, only with `past_caps`."""
        job, plan = self._job, self._state.plan
        if self._state.phase != "planned" or job is None or plan is None:
            return
        if self._state.capped and not past_caps:
            return
        self._agreed = (plan.requests_most, None if plan.usd is None else plan.usd.most)
        self._live = _Live(of=plan.files + plan.folders)
        self._state = replace(self._state, phase="asking", told="", trouble="")
        job.over.clear()
        self._errands.apart(lambda: self._ran(job, past_caps=past_caps), lambda end: self._ended(job, end))

    def stop(self) -> None:
        """Stop what is under way; what was answered is kept."""
        if self._job is not None and self._state.busy:
            self._job.stop.set()
            self._state = replace(self._state, told="Stopping…")

    def go_on(self) -> None:
        """Look again, and ask for the rest: at once where that costs no more than what was agreed to."""
        if self._state.phase != "stopped":
            return
        agreed = self._agreed
        self.look()
        self._agreed = agreed

    def close(self) -> None:
        """The window ends: stop, and wait a moment until it is."""
        job = self._job
        if job is None:
            return
        job.stop.set()
        if self._state.busy:
            job.over.wait(CLOSE_SECONDS)
        else:
            self._close(job)

    def _looked(self, job: _Job, around: Surroundings, model: ModelChoice) -> _Seen:
        """On a thread of its own."""
        try:
            return self._look(job, around, model)
        except TurnCancelledError:
            return _Seen(stopped=True)
        except CopilotError as error:
            return _Seen(trouble=self._said(error))
        finally:
            job.over.set()

    def _look(self, job: _Job, around: Surroundings, model: ModelChoice) -> _Seen:
        from copilot.assembly.document_page import patterns_for, place_in, stale_lines, text_of
        from copilot.assembly.documenting import Said, documenting
        from copilot.documents.page import bodies
        from copilot.documents.reading import read_sources

        wanted = job.wanted
        text = text_of(wanted.page)
        bodies(text or "")  # a page that cannot be used is told of before anything is paid for
        said = Said(
            base_dir=wanted.folder,
            flags=_flags(model),
            patterns=patterns_for(wanted.patterns, text),
            page=place_in(wanted.folder, wanted.page),
        )
        job.patterns = said.patterns
        project = self._project
        if project is not None and project.base_dir != str(wanted.folder):
            project = replace(project, files=())
        job.run, where, _ = job.rest.enter_context(
            documenting(around, self._home, said, held=self._keys, project=project)
        )
        reading = read_sources(where, job.stop.is_set, progress=self._reading)
        job.work = job.run.work(reading, job.stop.is_set)
        job.work.look(job.stop.is_set, self._reading)
        plan = job.run.plan(job.work)
        return _Seen(
            plan=plan,
            model=job.run.model,
            capped=_cap(job.run, plan),
            stale=() if text is None else stale_lines(text, reading.sources),
            left_out=reading.left_out,
            there=text is not None,
            trouble="" if reading.sources else "No file there can be documented: look at the patterns.",
        )

    def _saw(self, job: _Job, seen: _Seen) -> None:
        if job is not self._job:
            return
        wanted = replace(job.wanted, patterns=job.patterns or job.wanted.patterns)
        agreed, self._agreed = self._agreed, None
        found = [Listed("stale", *parted(line)) for line in seen.stale]
        found += [Listed("left out", *parted(line)) for line in seen.left_out]
        good = seen.plan is not None and not seen.trouble
        self._state = Documented(
            wanted=wanted,
            phase="planned" if good else "idle",
            plan=seen.plan if good else None,
            model=seen.model,
            capped=seen.capped,
            told="Stopped." if seen.stopped else "",
            trouble=seen.trouble,
            there=seen.there or self._state.there,
            stale=len(seen.stale),
            listed=tuple(found[:MOST_LISTED]),
        )
        if not good:
            self._close(job)
            self._job = None
        elif seen.plan is not None and agreed is not None and _within(seen.plan, agreed):
            self.begin()

    def _ran(self, job: _Job, *, past_caps: bool) -> _Ended:
        """On a thread of its own."""
        asker: list[Asker] = []
        began = time.monotonic()

        def progress(state: "Progress", one: "Asker") -> None:
            asker[:] = [one]
            self._asked(state, one, time.monotonic() - began)

        try:
            from copilot.assembly.document_page import write_page

            assert job.run is not None
            assert job.work is not None
            if not self._state.plan or not self._state.plan.nothing:
                job.run.go(
                    job.work,
                    jobs=JOBS,
                    stop=job.stop,
                    past_caps=past_caps,
                    emit=self._heard,
                    progress=progress,
                )
            done = write_page(job.work, job.wanted.page, job.wanted.folder, job.patterns)
            return _Ended(
                told=" ".join(filter(None, (written_words(done), spent_words(asker)))),
                listed=tuple(to_look_at(job.work, done)),
            )
        except TurnCancelledError:
            return _Ended(stopped=True, told=" ".join(filter(None, (_STOPPED, spent_words(asker)))))
        except CopilotError as error:
            return _Ended(stopped=True, told=spent_words(asker), trouble=self._said(error))
        finally:
            job.rest.close()
            job.over.set()

    def _ended(self, job: _Job, end: _Ended) -> None:
        if job is not self._job:
            return
        self._job = None
        listed = self._state.listed if end.stopped else end.listed
        if not end.stopped:
            self._agreed = None
            listed += tuple(one for one in self._state.listed if one.kind == "left out")
        self._state = replace(
            self._state,
            phase="stopped" if end.stopped else "done",
            told=end.told,
            trouble=end.trouble,
            there=self._state.there or not end.stopped,
            stale=self._state.stale if end.stopped else 0,
            listed=listed,
        )

    def _reading(self, done: int, of: int) -> None:
        """From the thread."""
        self._live = _Live(done=done, of=of)

    def _asked(self, state: "Progress", asker: "Asker", seconds: float) -> None:
        """From the thread."""
        told = many(asker.asked, "request")
        if asker.usd:
            told += f", {money(asker.usd)}"
        if state.done >= _FEWEST_FOR_TIME:
            told += f", about {span_words(seconds / state.done * (state.of - state.done))} left"
        self._live = replace(self._live, done=state.done, of=state.of, told=told)

    def _heard(self, event: Event) -> None:
        """From the thread: what a person should know meanwhile."""
        match event:
            case RetryScheduled() if event.wait_seconds >= 1:
                words = f"Waiting {event.wait_seconds:.0f} s: {event.reason}"
                self._live = replace(self._live, trouble=without_keys(words, self._keys))
            case Notice():
                self._live = replace(self._live, trouble=without_keys(event.text, self._keys))
            case _:
                pass

    def _said(self, error: CopilotError) -> str:
        return without_keys(sentences(str(error), error.hint), self._keys)

    def _close(self, job: _Job | None) -> None:
        """Away from the main thread: databases and logs are closed."""
        if job is not None:
            self._errands.apart(job.rest.close, lambda _done: None)


_STOPPED = "Stopped. What was answered is kept, and is not paid for again."


def _flags(model: ModelChoice) -> Flags:
    return Flags(
        provider=model.provider, model=model.model, base_url=model.base_url, api_version=model.api_version
    )


def _cap(run: "Run", plan: "Plan") -> str:
    """What cap even the least would pass, in words; "" where none."""
    if plan.nothing:
        return ""
    over = run.over(None if plan.usd is None else plan.usd.least)
    if over is None:
        return ""
    cap = f"your cap of {money(over.cap_usd)} {SCOPE_WORDS[over.scope]}"
    return f"No price is known, so {cap} cannot hold." if plan.usd is None else f"It would pass {cap}."


def _within(plan: "Plan", agreed: tuple[int, float | None]) -> bool:
    """Whether a plan asks and costs no more than what was agreed to."""
    requests, usd = agreed
    most = None if plan.usd is None else plan.usd.most
    cheap = (most is None) == (usd is None) and (most is None or usd is None or most <= usd + 1e-9)
    return cheap and plan.requests_most <= requests
