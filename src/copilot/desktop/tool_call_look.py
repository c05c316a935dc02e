"""How the state of a tool call looks: an icon, a colour and a word."""

from copilot.desktop.palette import Tone
from copilot.desktop.tool_call_view import CallStatus, ToolCallView
from copilot.desktop.widgets import Icon
from copilot.vocabulary.messages import INTERRUPTED

STATUS_LOOK: dict[CallStatus, tuple[str, Tone, str]] = {
    "asked": (Icon.HOURGLASS, "dim", "asked"),
    "waiting": (Icon.HOURGLASS, "amber", "waits for you"),
    "running": (Icon.REFRESH, "accent_bright", "running"),
    "ok": (Icon.CHECK, "green", "done"),
    "error": (Icon.CROSS, "red", "failed"),
    "rejected": (Icon.SHIELD, "amber", "rejected"),
    "cancelled": (Icon.STOP, "amber", "cancelled"),
    "dry_run": (Icon.MINUS, "dim", "dry run"),
}


def status_look(call: ToolCallView) -> tuple[str, Tone, str]:
    """Icon, colour and word for a call; a process that ended with an error is not a plain success."""
    icon, tone, word = STATUS_LOOK[call.status]
    if call.output == INTERRUPTED:
        return Icon.WARNING, "amber", "unknown"
    if call.exit_code:
        return Icon.CROSS, "red", f"exit {call.exit_code}"
    if call.status == "ok" and call.exit_code == 0:
        return icon, tone, "exit 0"
    return icon, tone, word
