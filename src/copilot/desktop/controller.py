"""What the window knows and asks for: the state that events made, and the commands that acts become.

No Dear PyGui here. `App` draws what this holds.
"""

import gc
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Literal

from copilot.ai.assisting import with_brought
from copilot.desktop.afar import Afar, lost_words, not_sent
from copilot.desktop.desk import Desk
from copilot.desktop.listing import Choosing
from copilot.desktop.panels.several import Asked
from copilot.desktop.sayings import Sayings
from copilot.desktop.trust_words import trust_words
from copilot.desktop.view_state import ViewState, apply, choosing, dismissed, stopping
from copilot.projects.branching import side_by_side
from copilot.projects.config import Settings, SettingsFile
from copilot.tokens.charging import Charging
from copilot.tokens.prices import Price
from copilot.vocabulary.approvals import ApprovalPolicy
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.commands import (
    BuildContext,
    CancelTurn,
    ChooseFiles,
    Command,
    DeleteBranch,
    DeleteMessages,
    EditMessage,
    ForkBranch,
    ListFiles,
    QueueMessage,
    RedoRun,
    Regenerate,
    RenameBranch,
    RestoreTo,
    RunTurn,
    SwitchBranch,
    TakeIn,
    UndoDiscussion,
    UndoRun,
)
from copilot.vocabulary.events import (
    CommandFailed,
    Event,
    FilesListed,
    Notice,
    ProjectChanged,
    ProjectOpened,
    TrustAsked,
)
from copilot.vocabulary.messages import Attachment, Branch
from copilot.vocabulary.text import sentences
from copilot.vocabulary.values import ModelChoice, Project

_TOLD = (
    ForkBranch
    | RenameBranch
    | DeleteBranch
    | SwitchBranch
    | EditMessage
    | DeleteMessages
    | UndoDiscussion
    | TakeIn
    | UndoRun
    | RedoRun
    | RestoreTo
)
"""What may have become impossible while it was asked for: by a turn that began, or a branch that went."""


def chosen(settings: Settings, model: ModelChoice) -> Settings:
    """The settings that open on this model next time.

    The address goes with a compatible server: it is what was chosen. A service's own may come from the
    environment and stays there.
    """
    models = {**settings.models, model.provider: model.model}
    urls = dict(settings.base_urls)
    if model.provider == "compatible":
        urls["compatible"] = model.base_url
    return replace(settings, provider=model.provider, models=models, base_urls=urls)


class Controller:
    """One per window. `clock` gives UTC seconds, `new_id` unique strings; `policy` goes with each turn.
    `afar` is there where the project lies on a server."""

    def __init__(
        self,
        desk: Desk,
        policy: ApprovalPolicy,
        clock: Callable[[], float],
        new_id: Callable[[], str],
        afar: Afar | None = None,
    ) -> None:
        self._desk = desk
        self.afar = afar
        self._lost = ""
        self.policy = policy
        self._clock = clock
        self.new_id = new_id
        self.state = ViewState()
        self.model = desk.model
        self.settings = desk.settings
        self._settings_file = SettingsFile(desk.home, desk.settings)
        self.changed = True
        self.closing = False
        self._charging = Charging(desk.settings.prices)
        self._listed: tuple[object, ...] = ()
        self.sayings = Sayings()
        self._asked: set[str] = set()
        """Acts on branches of which nobody else tells that they could not be done."""

    def take(self, event: Event) -> None:
        """Fold an event into the state, and ask for what follows from it."""
        listing = self.state.listing
        self.state = apply(self.state, event)
        self.changed = True
        if isinstance(event, ProjectOpened) or (isinstance(event, FilesListed) and listing is None):
            gc.freeze()  # it stays: looking for cycles among 100,000 files takes 0.1 s of a frame (measured)
        if why := self.sayings.heard(event):
            self.note(why)
        if isinstance(event, TrustAsked) and event.waiting:
            self.note(trust_words(event), "info")
        match event:
            case CommandFailed(request_id=request_id) if request_id in self._asked:
                self._asked.discard(request_id)
                self.note(sentences(event.message, event.hint))
            case ProjectOpened(project=project):
                self._listed = ()  # a server that was started again watches no files yet
                self._list_files(project)
                if project.files:
                    self.build_context()
            case ProjectChanged(project=project, request_id=request_id):
                self._asked.discard(request_id)
                self._list_files(project)
                if self.state.context is None or project.files:
                    self.build_context()
            case _:
                pass

    def submit(self, command: Command) -> None:
        """Hand a command to the worker; what asks a model again does so by this window's policy."""
        if isinstance(command, Regenerate):  # by the assistant that was asked, by its own model, if by one
            command = replace(command, policy=self.policy, model=self.model)
        if isinstance(command, _TOLD):
            self._asked.add(command.request_id)
        self._desk.worker.submit(command)

    @property
    def server(self) -> str:
        """Where the project lies; "" where that is this machine."""
        return self.afar.server if self.afar is not None else ""

    @property
    def assistants(self) -> tuple[Assistant, ...]:
        """Those that may be asked: the person's, and those of the project that are trusted."""
        trust = self.state.trust
        return with_brought(self.settings.assistants, trust.assistants if trust is not None else ())

    @property
    def assistant(self) -> Assistant | None:
        """The one that goes on with the branch that is shown, as it answered last there."""
        return self._named(self.state.branch)[1]

    @property
    def answering(self) -> ModelChoice:
        """Who answers next on the branch that is shown."""
        one = self.assistant
        return self.model if one is None else self._desk.model_of(one, self.model)

    @property
    def ready(self) -> bool:
        """Whether a turn can begin on the branch that is shown."""
        return self.state.project is not None and self.state.turn is None and not self.closing

    def send(self, words: str, attached: tuple[Attachment, ...]) -> bool:
        """Begin a turn with what the person wrote, or queue it beside the one that runs on the branch; False
        where neither can be done now."""
        project, turn = self.state.project, self.state.turn
        if project is None or self.closing:
            return False
        if self.afar is not None and self.afar.trouble():
            self.note(not_sent(self.afar))
            return False
        if turn is None:
            whole = replace(project, files=self.state.files)  # with what was chosen a moment ago
            self._run(whole, self.state.branch, words, self.model, attached)
            return True
        message_id = self.new_id()
        self.sayings.sent(message_id, words, attached)
        self.submit(
            QueueMessage(turn_id=turn.turn_id, message_id=message_id, text=words, attachments=attached)
        )
        return True

    def ask_several(self, asked: Asked) -> tuple[str, ...]:
        """Send one message to several branches and models; the branches that answer, none where it cannot be.

        A model answers on a new branch that leaves the one shown here.
        """
        project = self.state.project
        if project is None or self.closing:
            return ()
        discussion, here = project.discussion, self.state.branch
        lines = side_by_side(discussion, here, [model.model or model.provider for model in asked.models])
        tip = discussion.tip(here)
        for line in lines:
            self.submit(ForkBranch(request_id=self.new_id(), name=line.name, at=tip, switch=False))
        grown = (*discussion.branches, *(Branch(name=line.name, tip=tip) for line in lines))
        whole = replace(project, discussion=replace(discussion, branches=grown))
        plan = [(name, self.model) for name in asked.branches]
        plan += [(line.name, model) for line, model in zip(lines, asked.models, strict=True)]
        for branch, model in plan:
            self._run(whole, branch, asked.words, model, ())
        return tuple(branch for branch, _ in plan)

    def ask_assistant(self, one: Assistant, words: str) -> bool:
        """Send a message to an assistant, on a branch of its own that goes on from here; False where that
        cannot be."""
        project = self.state.project
        if project is None or self.closing:
            return False
        from copilot.assistants.running import Errand, sent_off  # most sessions have none

        errand = Errand(one, words, self._desk.model_of(one, self.model))
        whole = replace(project, files=self.state.files)
        tip = project.discussion.tip(self.state.branch)
        for sent in sent_off((errand,), whole, self.policy, self.new_id, at=tip):
            self.sayings.sent(sent.turn.turn_id, words, ())
            self.submit(sent.fork)
            self.submit(sent.turn)
            self.note(f"{one.name} works on the branch {sent.turn.branch}.", "info")
        return True

    def stop(self) -> None:
        """Stop the turn that is shown; it is seen at once."""
        if self.state.turn is not None:
            self.submit(CancelTurn(turn_id=self.state.turn.turn_id))
            self._now(stopping(self.state))

    def choose_model(self, model: ModelChoice) -> None:
        """The person's choice for the next turn, and for the next start."""
        self.model = model
        if model.provider != "rehearsal" and self.afar is None:  # what a server offers is no choice for here
            self.settings = chosen(self.settings, model)
        if self.state.project is not None:
            self._list_files(self.state.project)  # each model counts tokens in its own way
        self.changed = True

    def change_settings(self, settings: Settings) -> None:
        """The person's settings from now on; the panel that changed them saves them."""
        self.settings = settings
        self.changed = True

    def touch(self) -> None:
        """Something beside the events changed: every panel looks again."""
        self.changed = True

    def choose_files(self, change: Choosing) -> None:
        """Shown at once; the worker's answer follows."""
        self._now(choosing(self.state, change))
        self.submit(ChooseFiles(request_id=change.request_id, files=change.files))

    def build_context(self) -> None:
        """Have the context written."""
        project, branch = self.state.project, self.state.branch
        if project is not None:
            self.submit(
                BuildContext(request_id=self.new_id(), project=project, branch=branch, model=self.model)
            )

    def dismiss(self) -> None:
        """The person read the notices."""
        self._now(dismissed(self.state))

    def look_afar(self) -> None:
        """Once a frame: say that there is no connection to the server, for as long as there is none."""
        if self.afar is None:
            return
        words = "" if self.state.stopped else lost_words(self.afar)
        if words != self._lost:
            gone = (self._lost, not_sent(self.afar))
            others = tuple(one for one in self.state.notices if one.text not in gone)
            self._now(replace(self.state, notices=others))
            self._lost = words
            if words:
                self.note(words)

    def note(self, words: str, level: Literal["info", "warning"] = "warning") -> None:
        """Tell the person something that the window itself has to say."""
        self._now(apply(self.state, Notice(at=self._clock(), worker="window", level=level, text=words)))

    def price(self, model: ModelChoice) -> Price | None:
        """What a model costs today."""
        return self._charging.price(model, date.today())

    def old_prices(self) -> str:
        """The day of the price table where it is long ago, else ""."""
        return self._charging.old_since(date.today())

    def save_settings(self, settings: Settings) -> tuple[str, ...]:
        """Write what was changed here into the file, and leave what others changed; what the person should
        know of it. Any thread. Raises StorageError."""
        return self._settings_file.flush(settings)

    def save_last_settings(self) -> None:
        """Save the settings for the next start. Raises StorageError."""
        if self.afar is not None:
            self.save_settings(self.settings)
            return
        project = self.state.project
        self.save_settings(replace(self.settings, project=project.name if project else self.settings.project))

    def _run(
        self, project: Project, branch: str, words: str, model: ModelChoice, attached: tuple[Attachment, ...]
    ) -> None:
        turn_id = self.new_id()
        self.sayings.sent(turn_id, words, attached)
        one = self._goes_on(branch)
        self.submit(
            RunTurn(
                turn_id=turn_id,
                project=project,
                branch=branch,
                user_message=words,
                model=model if one is None else self._desk.model_of(one, model),
                assistant=one,
                policy=self.policy,
                attachments=attached,
                calls=True,
            )
        )

    def _goes_on(self, branch: str) -> Assistant | None:
        """The assistant that answered last on a branch, where there is one: it goes on."""
        name, one = self._named(branch)
        if name and one is None:
            self.note(f"There is no assistant {name} any more: the model answers without its profile.")
        return one

    def _named(self, branch: str) -> tuple[str, Assistant | None]:
        """The name of the assistant that answered last on a branch, "" for none; and its profile."""
        path = self.state.path_of(branch)
        name = path[-1].assistant if path else ""
        return name, next((one for one in self.assistants if one.name == name), None) if name else None

    def _now(self, state: ViewState) -> None:
        self.state = state
        self.changed = True

    def _list_files(self, project: Project) -> None:
        """Ask for the listing anew where what it depends on has changed."""
        facts = (project.base_dir, project.files, project.limits, project.rank, self.model)
        if facts != self._listed:
            self._listed = facts
            self.submit(ListFiles(request_id=self.new_id(), project=project, model=self.model))
