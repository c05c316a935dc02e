"""What a running tool is handed: the base directory, the gate, the runner's settings, what was read."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, Protocol, TypeVar

from copilot.shell.confine.fences import Fences
from copilot.vocabulary.approvals import ApprovalDetail
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.values import Limits

if TYPE_CHECKING:
    from copilot.shell.confine.preview import Held

DetailT = TypeVar("DetailT", bound=ApprovalDetail)


class Approve(Protocol):
    """Asks the gate. Returns the detail that was approved, edited perhaps; raises `RejectedError`."""

    def __call__(self, detail: DetailT, /) -> DetailT: ...


OnOutput = Callable[[Literal["stdout", "stderr"], str], None]
"""Takes a piece of a running process's output; called from the thread that runs the tool."""


@mutable(kw_only=True)
class FilesSeen:
    """Which bytes of which file the model knows: relative path (forward slashes) to sha256 of the bytes.

    Filled by `read_file`, by `full` views, by refresh blocks and by our own writes; lives as long as the
    discussion is open. `before` are paths, as the model named them, that it saw in an earlier session: which
    bytes those were is no longer known.
    """

    known: dict[str, str] = field(default_factory=dict[str, str])
    before: frozenset[str] = frozenset()


@mutable(kw_only=True)
class Report:
    """What a tool tells the loop beside its text: filled while it runs, read when it has ended."""

    exit_code: int | None = None


def no_previews(_preview_id: str, _text: str) -> NoReturn:
    """Where nothing is ever previewed."""
    raise ToolError("the preview is gone; nothing was applied")


@frozen
class ToolContext:
    """The world of one tool call.

    `cancelled` turns True when the person stops the turn. `started` is told the script file and its sha256
    when a process starts. `keys` are the values no script may hold and no output may show. `fences` are what
    stands around runs; `apply_preview` commits a preview of this very text, by its id.
    """

    base_dir: Path
    scripts_dir: Path
    session: str
    limits: Limits
    seen: FilesSeen
    approve: Approve
    cancelled: Callable[[], bool]
    output: OnOutput
    started: Callable[[str, str], None]
    report: Report
    keys: Collection[str] = ()
    fences: Fences = field(default_factory=Fences)
    apply_preview: Callable[[str, str], "Held"] = no_previews
