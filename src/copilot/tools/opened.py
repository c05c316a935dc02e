"""A file as a tool may read it: inside the project, not hidden, a secret only after the person agreed."""

from copilot.tools.context import ToolContext
from copilot.vocabulary.approvals import SecretReadDetail
from copilot.vocabulary.errors import ForbiddenPathError, ToolError
from copilot.vocabulary.frozen import frozen
from copilot.workspace.boundary import Boundary, FileBytes
from copilot.workspace.ignore import hidden_by
from copilot.workspace.names import shown
from copilot.workspace.reading import TextFile, decode
from copilot.workspace.secrets import secret_reason


@frozen
class Opened:
    """A text file: its bytes and its words."""

    file: FileBytes
    text: TextFile


def refuse_hidden(boundary: Boundary, path: str) -> None:
    """Raise ForbiddenPathError for a real path that an ignore file for assistants hides."""
    if hiding := hidden_by(boundary, path):
        raise ForbiddenPathError(f"{shown(path)} is hidden from you: a rule in {shown(hiding)} says so.")


def read_allowed(ctx: ToolContext, path: str) -> FileBytes:
    """The bytes of a file. A secret is asked for first, unless the model knows these very bytes already.

    Raises OutsideProjectError, ForbiddenPathError, RejectedError or ToolError.
    """
    boundary = Boundary(ctx.base_dir)
    real = boundary.resolve(path)
    refuse_hidden(boundary, real)
    known = ctx.seen.known.get(real)
    asked = False
    if known is None and (reason := secret_reason(real)):
        entry = boundary.stat(path)
        if entry is not None and entry.kind == "file":
            ctx.approve(SecretReadDetail(path=real, reason=reason))
            asked = True
    found = boundary.read_bytes(path)
    if found.path != real:  # a link was turned meanwhile
        refuse_hidden(boundary, found.path)
    reason = secret_reason(found.path, found.data)
    if reason and known != found.sha256 and not (asked and found.path == real):
        ctx.approve(SecretReadDetail(path=found.path, reason=reason))
    return found


def read_text(ctx: ToolContext, path: str) -> Opened:
    """A text file, with the same rules. Raises ToolError for a binary one."""
    found = read_allowed(ctx, path)
    return Opened(file=found, text=text_of(found, path))


def text_of(found: FileBytes, path: str) -> TextFile:
    """The words of a file. Raises ToolError where it holds none."""
    text = decode(found.data)
    if text is None:
        raise ToolError(f"{shown(path)} is binary ({found.size:,} bytes); it cannot be shown as text.")
    return text
