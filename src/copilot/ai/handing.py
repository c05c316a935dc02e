"""Tasks that one assistant hands to another: a turn of its own, on a branch of its own, waited for.

Nothing of the asker's discussion goes along but the task. How deep and how often is bounded; all that follows
from one message of the person counts against the one cap of its turn, and stops with it.
"""

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TYPE_CHECKING

from copilot.ai.assisting import Assistants, free_branch, tools_under
from copilot.ai.mailbox import Mailbox
from copilot.ai.outside_tools import tools_of
from copilot.providers.base import Cancelled
from copilot.tools.registry import Tools
from copilot.vocabulary.approvals import HandOverDetail
from copilot.vocabulary.assistants import Assistant, Handed
from copilot.vocabulary.commands import RunTurn
from copilot.vocabulary.errors import CopilotError, ToolError, TurnCancelledError
from copilot.vocabulary.events import TurnCancelled, TurnEvent, TurnFailed, TurnFinished
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Discussion
from copilot.vocabulary.text import sentences

if TYPE_CHECKING:
    from copilot.ai.kit import Kit

MOST_DEPTH = 3
"""Assistants that wait for one another, in a row."""

MOST_TASKS = 12
"""Tasks that are handed over because of one message of the person."""

MOST_CHARACTERS = 40_000
"""Of an answer, as the asker reads it; the branch has the whole."""

Begin = Callable[[RunTurn, Callable[[TurnEvent], None]], None]
Fork = Callable[[Callable[[Discussion], str]], str]


class Handing:
    """Of one crew. `begin` begins a turn and calls back with its end; `fork` makes a branch, empty, with the
    name that it is given for the discussion as it is; both raise CopilotError. Any thread."""

    def __init__(
        self,
        assistants: Assistants,
        mailbox: Mailbox,
        new_id: Callable[[], str],
        begin: Begin,
        fork: Fork,
    ) -> None:
        self.assistants = assistants
        self.mailbox = mailbox
        self.new_id = new_id
        self.begin = begin
        self.fork = fork
        self._lock = threading.Lock()
        self._handed: dict[str, int] = {}

    def of(self, command: RunTurn, asker: Assistant) -> "OfTurn":
        """How this turn hands tasks over."""
        return OfTurn(self, command, asker)

    def left(self, root: str) -> int:
        """How many tasks may still follow from the person's turn."""
        with self._lock:
            return MOST_TASKS - self._handed.get(root, 0)

    def take(self, root: str) -> None:
        """Count one more. Raises ToolError where there are too many."""
        with self._lock:
            if self._handed.get(root, 0) >= MOST_TASKS:
                raise ToolError(f"{MOST_TASKS} tasks were handed over already, no more are; do it yourself.")
            self._handed[root] = self._handed.get(root, 0) + 1

    def ended(self, root: str) -> None:
        """Forget what was counted for a turn of the person's."""
        with self._lock:
            self._handed.pop(root, None)


def tools_for(
    command: RunTurn, kit: "Kit", handing: Handing, cancelled: Cancelled, warn: Callable[[str], None]
) -> Tools:
    """The tools of a turn: those that its assistant may use, and that by which it hands tasks to others."""
    tools = tools_of(kit.tools, kit.outside, command.project, cancelled, warn)
    one = command.assistant
    return tools_under(one, tools, kit.assistants, handing.of(command, one)) if one else tools


class OfTurn:
    """See `assisting.Hand`."""

    def __init__(self, handing: Handing, command: RunTurn, asker: Assistant) -> None:
        self._handing = handing
        self._command = command
        before = command.handed or Handed(root=command.turn_id, waiting=(), branch="")
        self._handed = replace(before, waiting=(*before.waiting, asker.name), branch=command.branch)

    def request(self, to: Assistant, task: str) -> HandOverDetail:
        """What the person is asked. Raises ToolError where no task can be handed over, or not to it."""
        handed = self._handed
        if to.name in handed.waiting:
            raise ToolError(f"{to.name} itself waits for your answer; it takes no task from you.")
        if len(handed.waiting) > MOST_DEPTH:
            raise ToolError(f"{MOST_DEPTH} assistants wait for you already; do this task yourself.")
        left = self._handing.left(handed.root)
        if left <= 0:
            raise ToolError(f"{MOST_TASKS} tasks were handed over already, no more are; do it yourself.")
        model = self._handing.assistants.means.model_of(to, self._command.model)
        return HandOverDetail(
            asker=handed.waiting[-1],
            assistant=to.name,
            about=to.about,
            task=task,
            model=f"{model.provider}/{model.model}",
            tools="all" if to.tools is None else ", ".join(to.tools) or "none",
            left=left - 1,
        )

    def over(self, to: Assistant, task: str) -> str:
        """Have the task done, and wait for the answer. Raises ToolError, TurnCancelledError."""
        handing, asker = self._handing, self._command
        handing.take(self._handed.root)
        end: SimpleQueue[TurnEvent] = SimpleQueue()
        turn_id = handing.new_id()
        try:
            branch = handing.fork(lambda discussion: free_branch(discussion, to.name))
            handing.mailbox.follow(turn_id, asker.turn_id)
            child = replace(
                asker,
                turn_id=turn_id,
                branch=branch,
                user_message=task,
                model=handing.assistants.means.model_of(to, asker.model),
                attachments=(),
                assistant=to,
                handed=self._handed,
            )
            handing.begin(child, end.put)
        except CopilotError as error:
            raise ToolError(f"{to.name} could not begin: {sentences(str(error), error.hint)}") from error
        return self._answer(to.name, branch, end.get())

    def _answer(self, name: str, branch: str, end: TurnEvent) -> str:
        """What the asker reads of how it ended."""
        match end:
            case TurnFinished(text=text, reason=reason):
                said = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}\n[cut off here]"
                limit = "" if reason == "answered" else "\n[It used all its rounds and did not finish.]"
                return f"[{name} answers, on the branch {branch!r}]\n\n{said or '(nothing)'}{limit}"
            case TurnFailed(message=message):
                raise ToolError(f"{name} failed: {message}")
            case TurnCancelled() if self._handing.mailbox.stopped(self._command.turn_id):
                raise TurnCancelledError("stopped while another assistant worked")
            case _:
                raise ToolError(f"the person stopped {name} before it had an answer.")
