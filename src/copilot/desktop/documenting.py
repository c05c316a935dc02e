"""Documenting a folder from the window, without Dear PyGui: looked at, agreed to, stopped, gone on with.

To stop, or the end of the program, loses nothing that was paid for: going on asks for the rest alone.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.surroundings import Surroundings
from copilot.desktop.document_run import DocumentRun, Ended, Seen
from copilot.desktop.documented import MOST_LISTED, Documented, Listed, Wanted, parted
from copilot.desktop.errands import Errands
from copilot.projects.home import Home
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.values import ModelChoice, Project

if TYPE_CHECKING:
    from copilot.documents.planning import Plan

CLOSE_SECONDS = 2.0
"""How long the end of the window waits for a run to end: it needs nothing but the last answer's keeping."""


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
        self._run: DocumentRun | None = None
        self._agreed: tuple[int, float | None] | None = None
        """The most requests and USD that the person said yes to, while it is gone on with."""
        self._state = Documented()

    @property
    def state(self) -> Documented:
        """As it is now; replaced whenever there is something else to show."""
        state, run = self._state, self._run
        if run is None or not state.busy:
            return state
        live = run.live
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
        self._close(self._run)
        self._run = self._agreed = None
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
        self._close(self._run)
        run, model, project = DocumentRun(wanted, self._keys), self._model(), self._project
        self._run = run
        self._state = Documented(wanted=wanted, phase="looking", there=self._state.there)
        self._errands.apart(
            lambda: run.look(around, self._home, model, project), lambda seen: self._saw(run, seen)
        )

    def begin(self, *, past_caps: bool = False) -> None:
        """Ask for what is missing. Where a cap would be passed, only with `past_caps`."""
        run, plan = self._run, self._state.plan
        if self._state.phase != "planned" or run is None or plan is None:
            return
        if self._state.capped and not past_caps:
            return
        self._agreed = (plan.requests_most, None if plan.usd is None else plan.usd.most)
        self._state = replace(self._state, phase="asking", told="", trouble="")
        run.agree(plan)
        self._errands.apart(lambda: run.ask(plan, past_caps=past_caps), lambda end: self._ended(run, end))

    def stop(self) -> None:
        """Stop what is under way; what was answered is kept."""
        if self._run is not None and self._state.busy:
            self._run.stop()
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
        run = self._run
        if run is None:
            return
        run.stop()
        if self._state.busy:
            run.wait(CLOSE_SECONDS)
        else:
            self._close(run)

    def _saw(self, run: DocumentRun, seen: Seen) -> None:
        if run is not self._run:
            return
        wanted = replace(run.wanted, patterns=run.patterns or run.wanted.patterns)
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
            self._close(run)
            self._run = None
        elif seen.plan is not None and agreed is not None and _within(seen.plan, agreed):
            self.begin()

    def _ended(self, run: DocumentRun, end: Ended) -> None:
        if run is not self._run:
            return
        self._run = None
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

    def _close(self, run: DocumentRun | None) -> None:
        if run is not None:
            self._errands.apart(run.close, lambda _done: None)


def _within(plan: "Plan", agreed: tuple[int, float | None]) -> bool:
    """Whether a plan asks and costs no more than what was agreed to."""
    requests, usd = agreed
    most = None if plan.usd is None else plan.usd.most
    cheap = (most is None) == (usd is None) and (most is None or usd is None or most <= usd + 1e-9)
    return cheap and plan.requests_most <= requests
