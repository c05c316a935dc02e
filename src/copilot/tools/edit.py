"""Changing files: the whole of one, or one exact place in it. The person sees the difference first.

A change is planned, approved, checked once more against the disk, and written by replacing the file.
"""

import contextlib
import hashlib
from typing import Annotated

from copilot.tools.argument import Argument
from copilot.tools.context import ToolContext
from copilot.tools.files import FilePath, count
from copilot.tools.opened import text_of
from copilot.tools.target import Target, find_target
from copilot.vocabulary.approvals import FileWriteDetail
from copilot.vocabulary.diffs import told_change, unified
from copilot.vocabulary.errors import ForbiddenPathError, ToolError
from copilot.vocabulary.text import visible
from copilot.workspace.boundary import Boundary
from copilot.workspace.names import shown
from copilot.workspace.reading import TextFile, decode
from copilot.workspace.secrets import secret_reason

LARGEST_CONTENT = 5_000_000
"""Characters. More is refused: nobody could look at the difference."""
_NAMED_LINES = 5


def write_file(
    ctx: ToolContext,
    *,
    path: FilePath,
    content: Annotated[str, Argument(description="The whole new text of the file.")],
) -> str:
    """Write a whole text file, new or in place of the old one; missing folders are made.

    The person sees the difference and may change the text or reject it.
    """
    target = find_target(ctx, path)
    _refuse_changed(ctx, target, path)
    like = TextFile(text="")
    if target.old is not None:
        like = decode(target.old.data) or like
    return _write(ctx, target, like, content)


def edit_file(
    ctx: ToolContext,
    *,
    path: FilePath,
    old: Annotated[str, Argument(description="The exact text to replace; it must occur exactly once.")],
    new: Annotated[str, Argument(description="The text to put in its place.")],
) -> str:
    """Replace one exact piece of a text file. Refused when the file changed since you read it.

    The person sees the difference and may change the result or reject it.
    """
    if not old:
        raise ToolError("'old' is empty: there is nothing to replace. write_file writes a whole file.")
    target = find_target(ctx, path)
    if target.old is None:
        raise ToolError(f"there is no file {shown(path)}.", "write_file makes one.")
    known = ctx.seen.known.get(target.path)
    if known is None and secret_reason(target.path, target.old.data):
        raise ToolError(f"{shown(path)} may hold secrets; read it first, the person will be asked.")
    if known is None and _seen_before(ctx, target.path):
        raise ForbiddenPathError(
            f"{shown(path)} was read in an earlier session and may have changed since; nothing was done.",
            "Read it again, then edit it.",
        )
    _refuse_changed(ctx, target, path)
    like = text_of(target.old, path)
    return _write(ctx, target, like, _replaced(like, old, new, path))


def _refuse_changed(ctx: ToolContext, target: Target, path: str) -> None:
    known = ctx.seen.known.get(target.path)
    if known is not None and target.old is not None and known != target.old.sha256:
        raise ForbiddenPathError(
            f"{shown(path)} changed since you read it; nothing was done.", "Read it again, then change it."
        )


def _seen_before(ctx: ToolContext, real_path: str) -> bool:
    boundary = Boundary(ctx.base_dir)
    for path in ctx.seen.before:
        with contextlib.suppress(ToolError):
            if boundary.resolve(path) == real_path:
                return True
    return False


def _write(ctx: ToolContext, target: Target, like: TextFile, content: str) -> str:
    """Show the change, then write what was approved."""
    if len(content) > LARGEST_CONTENT:
        raise ToolError(f"the text has {len(content):,} characters; the most is {LARGEST_CONTENT:,}.")
    content = content.replace("\r\n", "\n") if like.newline == "\r\n" else content
    proposed = like.encode(content)
    if target.old is not None and target.old.data == proposed:
        return f"{shown(target.path)} holds exactly this already; nothing was written."
    approved = ctx.approve(
        FileWriteDetail(
            path=target.path,
            content=content,
            diff=unified(like.text, content, visible(target.path, keep=""), creates=target.old is None),
            creates=target.old is None,
            warning="\n".join(target.warnings),
            protected=target.protected,
        )
    )
    data = like.encode(approved.content)
    ctx.started("", "")
    Boundary(ctx.base_dir).write_bytes(
        target.path, data, expected=None if target.old is None else target.old.sha256
    )
    # what the model knows is what it proposed: an edit after the person's own change needs a new look
    ctx.seen.known[target.path] = hashlib.sha256(proposed).hexdigest()
    return _told(target, data, content, approved.content)


def _told(target: Target, data: bytes, proposed: str, approved: str) -> str:
    verb = "Made" if target.old is None else "Wrote"
    done = f"{verb} {shown(target.path)} ({count(len(data), 'byte', 'bytes')})."
    if proposed == approved:
        return done
    if secret_reason(target.path, data):
        return f"The person changed the text before it was written.\n{done} Read it before you edit it."
    change = told_change("the text before it was written", proposed, approved)
    return f"{change}{done} Read it before you edit it."


def _replaced(like: TextFile, old: str, new: str, path: str) -> str:
    if like.newline == "\r\n":
        old, new = old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
    if old == new:
        raise ToolError("'old' and 'new' are the same; nothing was done.")
    places = _places(like.text, old)
    if len(places) == 1:
        return like.text[: places[0]] + new + like.text[places[0] + len(old) :]
    if places:
        lines = ", ".join(str(like.text.count("\n", 0, place) + 1) for place in places[:_NAMED_LINES])
        more = " and more" if len(places) > _NAMED_LINES else ""
        raise ToolError(
            f"'old' occurs {len(places)} times in {shown(path)} (lines {lines}{more}), not once; nothing was "
            "done.",
            "Add lines around it until it is the only one.",
        )
    raise ToolError(f"'old' does not occur in {shown(path)}; nothing was done.", _why_not(like.text, old))


def _places(text: str, piece: str) -> list[int]:
    """Where the piece begins, overlaps included."""
    found: list[int] = []
    at = text.find(piece)
    while at >= 0:
        found.append(at)
        at = text.find(piece, at + 1)
    return found


def _why_not(text: str, old: str) -> str:
    first = next((line.strip() for line in old.splitlines() if line.strip()), "")
    near = [str(n) for n, line in enumerate(text.splitlines(), 1) if first and line.strip() == first]
    if near:
        named = ", ".join(near[:_NAMED_LINES])
        return f"Its first line is in line {named}, but what follows or the spaces differ."
    return "Read the file for its exact text, spaces and line ends included."
