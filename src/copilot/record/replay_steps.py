"""What of a session is worth stopping at when it is played back: steps, approvals, errors."""

from copilot.vocabulary import events as e

_ENDS = (e.TurnFinished, e.TurnCancelled, e.TurnFailed)
_STEPS = (e.TurnStarted, e.ToolCallRequested, e.ApprovalRequested, *_ENDS)
"""What begins a step."""


def is_error(event: e.Event | None) -> bool:
    """Whether something went wrong."""
    match event:
        case e.TurnFailed() | e.CommandFailed() | e.Notice(level="warning"):
            return True
        case e.ToolFinished(status=status, exit_code=code):
            return status == "error" or bool(code)
        case e.WorkerStopped(reason=reason):
            return reason != "shutdown"
        case _:
            return False


def is_step(event: e.Event | None) -> bool:
    """Whether a step begins here."""
    return isinstance(event, _STEPS) or is_error(event)
