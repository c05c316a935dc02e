"""What a turn is under an assistant's profile: its instructions, its files, its tools and no others."""

from collections.abc import Callable, Collection, Sequence
from fnmatch import fnmatchcase
from typing import NoReturn, Protocol

from copilot.tools.registry import Tools
from copilot.vocabulary.approvals import HandOverDetail
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.commands import RunTurn
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.messages import Discussion, Message
from copilot.vocabulary.values import ModelChoice, Project


class Hand(Protocol):
    """How a turn hands tasks to others."""

    def request(self, to: Assistant, task: str) -> HandOverDetail:
        """What the person is asked. Raises ToolError where no task can be handed over, or not to it."""
        ...

    def over(self, to: Assistant, task: str) -> str:
        """Have the task done on a branch of its own, and wait for the answer. Raises ToolError,
        TurnCancelledError."""
        ...


def _its_own(_assistant: Assistant, model: ModelChoice) -> ModelChoice:
    return model


def _no_more(tools: Tools, _others: Sequence[Assistant], _hand: Hand) -> Tools:
    return tools


@frozen
class Means:
    """What assistants stand on: `model_of` gives who answers for one, where the person chose the other;
    `with_asking` the tools and behind them that by which a model hands tasks to some assistants."""

    model_of: Callable[[Assistant, ModelChoice], ModelChoice] = _its_own
    with_asking: Callable[[Tools, Sequence[Assistant], Hand], Tools] = _no_more


class Assistants:
    """Those of a session, as they are now. Any thread. `own` are the person's, `brought` gives those of the
    project that the person trusts: of two with one name the person's own."""

    def __init__(
        self,
        own: tuple[Assistant, ...] = (),
        means: Means | None = None,
        brought: Callable[[], Sequence[Assistant]] = tuple,
    ) -> None:
        self._own = own
        self._brought = brought
        self.means = means or Means()

    @property
    def known(self) -> tuple[Assistant, ...]:
        """All that may be asked."""
        return with_brought(self._own, self._brought())

    def use(self, own: tuple[Assistant, ...]) -> None:
        """Count on these of the person's from now on."""
        self._own = own

    def named(self, name: str) -> Assistant | None:
        """The one of this name."""
        return next((one for one in self.known if one.name == name), None)

    def of(self, path: Sequence[Message]) -> Assistant | None:
        """The one that a branch with these messages goes on with."""
        return self.named(path[-1].assistant) if path and path[-1].assistant else None

    def askable(self, by: Assistant) -> tuple[Assistant, ...]:
        """Those that one may hand tasks to; never itself."""
        return tuple(one for one in self.known if one.name != by.name and fits(one.name, by.may_ask))


def with_brought(own: Sequence[Assistant], brought: Sequence[Assistant]) -> tuple[Assistant, ...]:
    """The person's assistants and those of a project whose names are free."""
    names = {one.name.casefold() for one in own}
    return (*own, *(one for one in brought if one.name.casefold() not in names))


class NoHand:
    """Where nothing is handed over, for a look at the tools."""

    def request(self, to: Assistant, task: str) -> NoReturn:
        """Never."""
        del to, task
        raise ToolError("nothing is handed over from here")

    def over(self, to: Assistant, task: str) -> NoReturn:
        """Never."""
        del to, task
        raise ToolError("nothing is handed over from here")


def name_of(command: RunTurn) -> str:
    """The name of the assistant that answers, "" for none."""
    return command.assistant.name if command.assistant else ""


def root_of(command: RunTurn) -> str:
    """The turn of the person's that it follows from, "" where it is one itself."""
    return command.handed.root if command.handed else ""


def fits(name: str, patterns: Collection[str]) -> bool:
    """Whether a name is one of those that the globs mean."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def under(assistant: Assistant | None, project: Project) -> Project:
    """The project as the assistant sees it; its own instructions stand behind the project's."""
    if assistant is None:
        return project
    told = f'You work as the assistant "{assistant.name}".\n\n{assistant.instructions.strip()}'
    prompt = "\n\n".join(filter(None, (project.system_prompt.strip(), told.strip())))
    files = project.files if assistant.files is None else assistant.files
    return replace(project, system_prompt=prompt, files=files)


def tools_under(assistant: Assistant | None, tools: Tools, all: Assistants, hand: Hand) -> Tools:
    """Those of the tools that it may use, and behind them that by which it hands tasks to others."""
    if assistant is None:
        return tools
    if (allowed := assistant.tools) is not None:
        tools = tools.only(spec.name for spec in tools.specs if fits(spec.name, allowed))
    others = all.askable(assistant)
    return all.means.with_asking(tools, others, hand) if others else tools


def free_branch(discussion: Discussion, name: str, taken: Collection[str] = ()) -> str:
    """A name for a branch of the assistant's that is not in use: its own, else with a number."""
    used = {branch.name for branch in discussion.branches}.union(taken)
    number, free = 2, name
    while free in used:
        free, number = f"{name} {number}", number + 1
    return free
