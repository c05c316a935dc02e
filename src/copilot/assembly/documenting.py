"""A run of `copilot document`, put together: who answers, what it may cost, the store, the session's log."""

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import cast

from copilot.ai.gates import gate_of
from copilot.ai.retry import Attempts
from copilot.ai.spending import Spending
from copilot.ai.turn_session import patience
from copilot.ai.turn_spending import TurnSpending
from copilot.ai.voice import Voice
from copilot.ai.windows import Windows
from copilot.assembly.calibration import Calibrator
from copilot.assembly.choice import Flags, choose_model, next_step
from copilot.assembly.context_source import context_source
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.providers import ProviderShelf
from copilot.assembly.session_log import session_log
from copilot.assembly.stage import Stage
from copilot.assembly.surroundings import Surroundings
from copilot.assembly.workshop import workshop
from copilot.documents.asking import ANSWER_TOKENS, Asker, InTurn, Question, prompt_tokens
from copilot.documents.batching import SHARE, Sender
from copilot.documents.planning import Plan, plan, plan_batch
from copilot.documents.reading import Reading, Where
from copilot.documents.store import Store
from copilot.documents.working import Outcome, Progress, Work
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.projects.settings import Settings
from copilot.providers.base import Batching
from copilot.record.ledger import Ledger, Over
from copilot.record.session_logger import SessionLogger
from copilot.tokens.charging import Charging
from copilot.vocabulary.approvals import ApprovalPolicy, ConfirmDialog, Decision
from copilot.vocabulary.caps import CAP_SCOPES
from copilot.vocabulary.events import Event
from copilot.vocabulary.frozen import frozen, mutable, replace
from copilot.vocabulary.values import ModelChoice, Project

_LEAST_ANSWER = 1_000
BRANCH = "document"
"""Under which its requests stand in the ledger."""


@frozen
class Said:
    """What the person said of this run."""

    base_dir: Path
    flags: Flags
    patterns: tuple[str, ...]
    page: str
    """The page's path from `base_dir`, "" where it lies outside."""


@mutable(kw_only=True)
class Documenting:
    """One run. Nothing is asked before `go`. `model` answers, `project` is charged."""

    around: Surroundings
    home: Home
    settings: Settings
    project: Project
    model: ModelChoice
    keys: HeldKeys
    spending: Spending
    calibrator: Calibrator
    shelf: ProviderShelf
    logger: SessionLogger
    store: Store
    turn: str

    def estimate(self, text: str) -> int:
        """Tokens of a text for the model."""
        return self.calibrator.estimate(text, self.model)

    def work(self, reading: Reading, cancelled: Callable[[], bool]) -> Work:
        """The work over what was read. A server on this machine is asked for its window."""
        windows = Windows(self.spending.charging.table, self.shelf.get)
        room = windows.limit(self.model, self.project.limits, cancelled)
        # A third of that is less than the fourth of the window that is kept free for an answer.
        self.model = replace(self.model, max_output_tokens=min(ANSWER_TOKENS, max(_LEAST_ANSWER, room // 3)))
        return Work(
            sources=reading.sources, model=self.model, store=self.store, estimate=self.estimate, room=room
        )

    def plan(self, work: Work) -> Plan:
        """What a run will ask and cost."""
        return plan(work, self.spending.price(self.model), self._tokens)

    def over(self, usd: float | None) -> Over | None:
        """The cap that so much would pass; any cap where no price is known. Raises StorageError."""
        caps = self.spending.caps.lowered(self.project.caps)
        now = self.spending.clock()
        sums = self.spending.ledger.sums(now, self.project.name, BRANCH, self.turn)
        for scope in CAP_SCOPES:
            cap, spent = caps.of(scope), sums[scope].usd
            if cap is not None and (usd is None or spent + usd > cap):
                return Over(scope=scope, cap_usd=cap, spent_usd=spent)
        return None

    def go(
        self,
        work: Work,
        *,
        jobs: int,
        stop: threading.Event,
        past_caps: bool,
        emit: Callable[[Event], None],
        progress: Callable[[Progress, Asker], None],
    ) -> Outcome:
        """Ask for all that is missing. `past_caps` where the person said that caps may be passed.

        Raises as `Work.run`, and AuthError.
        """
        asker = self._asker(stop, past_caps, emit)
        return work.run(asker, jobs, stop, lambda state: progress(state, asker))

    def sender(self, stop: threading.Event, *, past_caps: bool, emit: Callable[[Event], None]) -> Sender:
        """What sends and collects batches. Raises AuthError."""
        model = self.model
        return Sender(
            asker=self._asker(stop, past_caps, emit),
            batching=cast(Batching, self.shelf.get(model)),
            store=self.store,
            service=f"{model.provider} {model.base_url} {model.model}",
            new_id=self.around.new_id,
            cancelled=stop.is_set,
        )

    def plan_batch(self, questions: Sequence[Question]) -> Plan:
        """What these will cost in batches."""
        return plan_batch(questions, self.spending.price(self.model), self._tokens, SHARE)

    def _tokens(self, question: Question) -> int:
        return prompt_tokens(question, self.estimate)

    def _asker(self, stop: threading.Event, past_caps: bool, emit: Callable[[Event], None]) -> Asker:
        def said(event: Event) -> None:
            self.logger.event(event)
            emit(event)

        def approve(dialog: ConfirmDialog) -> Decision:
            return Decision(request_id=dialog.request_id, decision="approve")

        voice = Voice(emit=said, clock=self.around.clock, worker=BRANCH, turn_id=self.turn, branch=BRANCH)
        gate = gate_of(
            voice,
            policy=ApprovalPolicy(person=past_caps),
            ask=approve,
            new_id=self.around.new_id,
            keys=self.keys,
            call_id="",
            tool="request",
        )
        provider = self.shelf.get(self.model)
        limits = self.project.limits
        return Asker(
            model=self.model,
            provider=provider,
            attempts=Attempts(
                voice=voice,
                throttle=InTurn(provider.throttle),
                cancelled=stop.is_set,
                hurried=lambda: False,
                random=Random().random,
                most=limits.attempts,
                longest_wait=limits.longest_wait_seconds,
            ),
            spending=TurnSpending(
                spending=self.spending,
                project=self.project,
                voice=voice,
                gate=gate,
                estimate=self.estimate,
            ),
            patience=patience(limits),
            keys=self.keys,
            cancelled=stop.is_set,
            learn=lambda estimated, actual: self.calibrator.learn_from_estimate(
                self.model, estimated, actual
            ),
        )


def where(around: Surroundings, home: Home, said: Said, keys: tuple[str, ...] | HeldKeys) -> Where:
    """What is read for this run."""
    shop = workshop(home, around.environ, said.base_dir, around.clock, keys)
    return Where(
        base_dir=said.base_dir,
        page=said.page,
        patterns=said.patterns,
        excludes=shop.excludes,
        left_out=shop.left_out,
        keys=keys,
    )


@contextmanager
def documenting(
    around: Surroundings,
    home: Home,
    said: Said,
    *,
    held: HeldKeys | None = None,
    project: Project | None = None,
) -> Generator[tuple[Documenting, Where, tuple[str, ...]]]:
    """The run, what it reads, and what the person should know. `held` are keys and `project` is a project
    that a program holds already.

    Raises ConfigError, ProjectError, StorageError.
    """
    settings, notices = load_settings(home)
    if project is None:
        source = context_source(around, home, "", said.base_dir, named=True, flags=said.flags)
        project, notices = source.project, source.notices
    keys = HeldKeys(around.environ, home, around.vault) if held is None else held
    chosen = choose_model(said.flags, around.environ, settings)
    if chosen is None:
        raise next_step(keys.get)
    model = replace(chosen, max_output_tokens=ANSWER_TOKENS)
    logger = session_log(around, home, keys, settings)
    stage = Stage(None)
    shelf = ProviderShelf(keys.find, logger.wire, stage.server, settings.rates)
    ledger = Ledger(home.state / "ledger.jsonl")
    spending = Spending(ledger, Charging(settings.prices), settings.caps, around.clock)
    try:
        with Store(home.state / "documents.sqlite", around.clock) as store:
            run = Documenting(
                around=around,
                home=home,
                settings=settings,
                project=replace(project, base_dir=str(said.base_dir)),
                model=model,
                keys=keys,
                spending=spending,
                calibrator=Calibrator(home.state / "tokens.json"),
                shelf=shelf,
                logger=logger,
                store=store,
                turn=around.new_id(),
            )
            yield run, where(around, home, said, keys), notices
    finally:
        shelf.close()
        stage.close()
        logger.close()
