"""Puts a ready worker together: home, settings, keys, project, log, provider, tools, rehearsal.

A `Desk` is all a front end needs. Opening one imports no SDK: that happens on the worker's thread, when the
first turn chooses its provider.
"""

import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from copilot.ai.crew import Crew
from copilot.ai.kit import Kit
from copilot.ai.last_sent import LastSent
from copilot.ai.policy.book import RuleBook
from copilot.ai.queue_file import QueueFile
from copilot.ai.spending import Spending
from copilot.ai.trust_book import TrustBook
from copilot.ai.windows import Windows
from copilot.assembly.assistants import assistants_of
from copilot.assembly.calibration import Calibrator
from copilot.assembly.choice import Flags, choose_model, next_step
from copilot.assembly.fencing import previews_of
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.listing import lister
from copilot.assembly.locking import turn_lock
from copilot.assembly.log_keeping import LogKeeping
from copilot.assembly.mcp_desk import McpDesk
from copilot.assembly.opening import project_name
from copilot.assembly.outside_tools import outside_tools, with_skills, words_of
from copilot.assembly.providers import ProviderShelf
from copilot.assembly.runs_shelf import runs_shelf
from copilot.assembly.session_log import session_log
from copilot.assembly.shell_note import shell_note
from copilot.assembly.stage import Stage
from copilot.assembly.surroundings import Surroundings as Surroundings
from copilot.assembly.workshop import workshop
from copilot.projects.attachments import attachments_of_project
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Home
from copilot.projects.policy_edit import add_rule
from copilot.projects.project_manager import list_projects, path_of
from copilot.projects.store import Store
from copilot.providers.base import Place
from copilot.record.ledger import Ledger
from copilot.record.session_logger import SessionLogger
from copilot.shell.shells import Shell, find_shells
from copilot.tokens.charging import Charging
from copilot.tools.mcp_servers import Servers
from copilot.tools.registry import default_tools
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.caps import Caps
from copilot.vocabulary.confinement import RunSettings
from copilot.vocabulary.errors import ConfigError, CopilotError
from copilot.vocabulary.frozen import mutable
from copilot.vocabulary.policies import PolicyRule
from copilot.vocabulary.release import program_version
from copilot.vocabulary.values import ModelChoice, ProviderName

if TYPE_CHECKING:
    from copilot.rehearsal.scenario import Scenario

REHEARSED = ModelChoice(provider="rehearsal", model="rehearsal")
NOTHING_SAID = Flags()


@mutable(kw_only=True)
class Desk:
    """A project, opened: its worker (not yet started), its store and what they stand on.

    `chosen` is False where nobody chose a provider and the rehearsal stands in. `notices` are for the person.
    """

    kit: Kit
    worker: Crew
    settings: Settings
    home: Home
    keys: HeldKeys
    model: ModelChoice
    chosen: bool
    shells: tuple[Shell, ...]
    logger: SessionLogger
    log_keeping: LogKeeping
    stage: Stage
    notices: tuple[str, ...]
    shelf: ProviderShelf
    environ: Mapping[str, str]
    servers: McpDesk

    @property
    def store(self) -> Store:
        """The project's only writer: the worker's until it has stopped."""
        return self.kit.store

    def source(self, provider: ProviderName, settings: Settings) -> ModelChoice | None:
        """Whom a provider's key is sent to, and which model answers, under these settings."""
        return choose_model(Flags(provider=provider), self.environ, settings)

    def use_caps(self, caps: Caps) -> None:
        """What the person lets be spent from now on."""
        self.kit.spending.caps = caps

    def use_run(self, run: RunSettings) -> None:
        """What stands around scripts from now on."""
        self.kit.previews.fences.settings = run

    def use_rules(self, rules: tuple[PolicyRule, ...]) -> None:
        """What passes unasked and what is denied from now on."""
        self.kit.rules.use(rules)

    def model_of(self, assistant: Assistant, usual: ModelChoice) -> ModelChoice:
        """Who answers for an assistant, where the person chose `usual`."""
        return self.kit.assistants.means.model_of(assistant, usual)

    def use_assistants(self, assistants: tuple[Assistant, ...]) -> None:
        """The profiles that there are from now on."""
        self.kit.assistants.use(assistants)

    def close(self) -> None:
        """Release everything. Call it after the worker has stopped; the store is flushed once more."""
        with ExitStack() as rest:  # each of them also where the one before failed
            for part in (self.log_keeping, self.logger, self.stage, self.shelf, self.store):
                rest.callback(part.close)
            if self.kit.outside is not None:
                rest.callback(self.kit.outside.close)


def open_desk(
    around: Surroundings,
    *,
    home: Home,
    project: str = "",
    base_dir: Path | None = None,
    flags: Flags = NOTHING_SAID,
    scenario: "Scenario | None" = None,
    fallback: bool = False,
    settings: Settings | None = None,
) -> Desk:
    """Open a project for work. The worker is made but not started.

    `settings` stand in place of those in the home. With `fallback` the rehearsal stands in where no provider
    was chosen; without it that is a ConfigError which says what to do. Raises ConfigError, ProjectError,
    LockedError or StorageError, with what was wrong in config.toml as its notes.
    """
    settings, notices = load_settings(home) if settings is None else (settings, ())
    with _told_with(notices):
        keys = HeldKeys(around.environ, home, around.vault)
        choice = choose_model(flags, around.environ, settings)
        if choice is None and not fallback:
            raise next_step(keys.get)
        name = project_name(home, settings, project, base_dir, around.cwd)
        store = Store.open(
            home,
            name,
            clock=around.clock,
            new_id=around.new_id,
            base_dir=_base_dir(home, name, base_dir, around.cwd),
            limits=settings.limits,
        )
        logger = session_log(around, home, keys, settings)
        stage = Stage(scenario)
        spending = _spending(around, home, settings)
        if choice is not None:  # a keyring may take seconds, and no turn is to wait for it
            threading.Thread(target=_look_up, args=(keys, choice), name="keys", daemon=True).start()
        place = _place(home, name, spending, around)
        shelf = ProviderShelf(keys.find, logger.wire, stage.server, settings.rates, place)
        shells = find_shells(around.environ, around.platform, never_in=(Path(store.project.base_dir),))
        tools = outside_tools(around, home, settings, keys)
        kit = _kit(around, home, settings, spending, store, logger, shelf, keys, shells, tools)
        return Desk(
            kit=kit,
            worker=Crew(kit),
            settings=settings,
            home=home,
            keys=keys,
            model=choice or REHEARSED,
            chosen=choice is not None,
            shells=shells,
            logger=logger,
            log_keeping=LogKeeping(home, settings.log).start(),
            stage=stage,
            notices=notices,
            shelf=shelf,
            environ=around.environ,
            servers=McpDesk(home, *tools, settings.servers),
        )


def _spending(around: Surroundings, home: Home, settings: Settings) -> Spending:
    """What asks the caps before each request, and the ledger that all programs of the home share."""
    ledger = Ledger(home.ledger)
    return Spending(ledger, Charging(settings.prices), settings.caps, around.clock)


def _place(home: Home, project: str, spending: Spending, around: Surroundings) -> Place:
    """Where caches that a service keeps are written down, and who hears what they cost."""
    return Place(
        state=home.state,
        project=project,
        spent=lambda kept: spending.keep(kept, project, around.new_id()),
    )


def _look_up(keys: HeldKeys, choice: ModelChoice) -> None:
    with suppress(ConfigError):  # the turn that needs the key says so
        keys.find(choice.provider)


@contextmanager
def _told_with(notices: tuple[str, ...]) -> Generator[None]:
    """Give these notes to an error that passes: what is wrong in config.toml may well be why."""
    try:
        yield
    except CopilotError as error:
        for notice in notices:
            error.add_note(notice)
        raise


def _kit(
    around: Surroundings,
    home: Home,
    settings: Settings,
    spending: Spending,
    store: Store,
    logger: SessionLogger,
    shelf: ProviderShelf,
    keys: HeldKeys,
    shells: tuple[Shell, ...],
    tools: tuple[TrustBook, Servers],
) -> Kit:
    """What the worker is handed."""
    shell = shells[0] if shells else None
    base_dir = Path(store.project.base_dir)
    shop = workshop(home, around.environ, base_dir, around.clock, keys, window=around.window)
    calibrator = Calibrator(home.state / "tokens.json")
    trust, servers = tools
    return Kit(
        name="worker-1",
        version=program_version(),
        session=logger.session,
        store=store,
        tools=default_tools(shell, environ=around.environ, platform=around.platform),
        shell_note=shell_note(shells),
        md_gen=home.md_gen,
        scripts=home.scripts,
        keys=keys,
        attachments=attachments_of_project(home, store.project.name),
        provider=shelf.get,
        workshop=shop,
        estimate=calibrator.estimate,
        windows=Windows(spending.charging.table, shelf.get),
        spending=spending,
        last_sent=LastSent(home.state / "requests", keys),
        queue=QueueFile(path_of(home, store.project.name)),
        learn=calibrator.learn_from_estimate,
        turn_lock=turn_lock(home.state / "locks"),
        list_files=lister(shop),
        log=logger,
        clock=around.clock,
        new_id=around.new_id,
        random=Random().random,
        runs=runs_shelf(home, around.clock, keys, settings.snapshots),
        rules=RuleBook(settings.rules, shell.name if shell else "sh", trust.trusts),
        trust=trust,
        keep_rule=lambda rule: add_rule(home, rule),
        logs=home.logs,
        previews=previews_of(home, around.environ, around.platform, settings.run, keys, around.walls),
        outside=with_skills(home, trust, servers),
        words=words_of(home, trust),
        assistants=assistants_of(around.environ, settings, lambda: trust.assistants(store.project)),
    )


def _base_dir(home: Home, name: str, base_dir: Path | None, cwd: Path) -> Path | None:
    """What the person said; for a project that is not there yet, the current folder; else its own (None)."""
    known = name in list_projects(home)
    return base_dir if base_dir is not None or known else cwd
