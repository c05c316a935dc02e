"""A preview in the terminal: made when the person asks for it, shown, and taken as the answer or not."""

from collections.abc import Callable

from copilot.cli.details import preview_lines
from copilot.cli.paint import Paint
from copilot.vocabulary.approvals import ApprovalDetail, PythonFileDetail, ScriptDetail
from copilot.vocabulary.commands import Command, PreviewScript
from copilot.vocabulary.confinement import Fence
from copilot.vocabulary.events import ApprovalRequested, Event, PreviewEnded, PreviewReady
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible


@frozen
class Previewer:
    """`done` hands the worker a command and waits for what answers it. `tells` where nothing else shows
    the person events."""

    done: Callable[[Command, str], Event]
    paint: Paint
    tells: bool = False

    def make(
        self, request: ApprovalRequested, text: str | None, say: Callable[[str], None]
    ) -> PreviewReady | None:
        """Preview a version of the script; None where that did not work, which was said."""
        asked = request.request_id
        found = self.done(PreviewScript(request_id=asked, edited_text=text), asked)
        if isinstance(found, PreviewReady):
            if self.tells:
                say("".join(f"{line}\n" for line in preview_lines(found, self.paint)))
            return found
        if isinstance(found, PreviewEnded) and self.tells:
            say(f"  preview {found.reason}: {visible(found.message, keep='')}\n")
        return None


def choices(detail: ApprovalDetail, previewed: PreviewReady | None) -> str:
    """The further answers to a request to run something: what comes before "[r]eject"."""
    fence = fence_of(detail)
    if fence is None:
        return ""
    commit = "[c]ommit the preview, " if previewed is not None and not previewed.refused else ""
    more = "" if not fence.confined else f"{'' if fence.network else '[w]ith network, '}[o]utside the fence, "
    return f"{commit}[p]review, {more}"


def fence_of(detail: ApprovalDetail) -> Fence | None:
    """What a run would be fenced in by; None where it is no run, or nobody said so."""
    return detail.fence if isinstance(detail, (ScriptDetail, PythonFileDetail)) else None
