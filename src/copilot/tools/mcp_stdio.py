"""A server of the Model Context Protocol as a process: started, spoken to by lines, ended with its group.

The SDK's own transport reads a line of any length into memory and leaves children of a server that has ended
by itself; here each line, what is no protocol, and messages that nobody asked for are bounded.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import anyio
import mcp_types as types
from mcp.shared.message import SessionMessage

from copilot.shell.tree import MARK, end_strays
from copilot.vocabulary.frozen import field, mutable

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

    Reading = MemoryObjectReceiveStream[SessionMessage | Exception]
    Writing = MemoryObjectSendStream[SessionMessage]

MOST_LINE = 8 * 1024 * 1024
"""Bytes of one message."""
MOST_UNASKED = 2_000
MOST_UNASKED_BYTES = 4 * 1024 * 1024
"""Lines that answer nothing: what is no message, and messages that nobody asked for. In `UNASKED_SECONDS`."""
UNASKED_SECONDS = 10.0
KEPT_STDERR = 4_000
"""Bytes of standard error that are kept, the last ones."""
STDERR_PIECE, STDERR_PAUSE = 65_536, 0.02
"""Bytes of standard error that are read at once, and the seconds after so many: who floods it waits."""
WATCH_SECONDS = 0.3
"""How often it is looked whether a server is still there."""
LEAVE_SECONDS = 1.0
"""How long a server may take to end by itself once its standard input is closed, and again after SIGTERM."""


@mutable(kw_only=True)
class Heard:
    """What is known of a server beside its messages. `trouble` says why we ended it; "" where we did not.

    `over` is called, on the loop, once nothing more can come of it; `asked` answers are still due.
    """

    over: Callable[[], None]
    trouble: str = ""
    asked: int = 0
    stderr: bytes = b""
    lines: int = 0
    size: int = 0
    since: float = field(default_factory=time.monotonic)

    def line(self, data: bytes) -> SessionMessage | None:
        """The message of a line; None where it is none, or news, of which nobody here makes use.

        Counts what must not become too much.
        """
        if not data.lstrip().startswith(b"{"):  # to find that out by the SDK takes much longer
            return self.count(len(data))
        try:
            message = types.jsonrpc_message_adapter.validate_json(data, by_name=False)
        except ValueError:
            return self.count(len(data))
        if isinstance(message, types.JSONRPCNotification):
            return self.count(len(data))
        if isinstance(message, types.JSONRPCRequest):
            self.count(len(data))
        elif self.asked:
            self.asked -= 1
        else:
            return self.count(len(data))
        return SessionMessage(message)

    def count(self, size: int, lines: int = 1) -> None:
        """Count so many bytes, in so many lines or events, that answer nothing."""
        now = time.monotonic()
        if now - self.since > UNASKED_SECONDS:
            self.since, self.lines, self.size = now, 0, 0
        self.lines += lines
        self.size += size
        if self.lines > MOST_UNASKED or self.size > MOST_UNASKED_BYTES:
            self.trouble = "it floods: too much came that nobody asked for, or that is no message at all"


@asynccontextmanager
async def process_transport(
    argv: Sequence[str], cwd: Path, env: Mapping[str, str], heard: Heard
) -> "AsyncGenerator[tuple[Reading, Writing]]":
    """Start the server and give the streams of its messages; at the end nothing of it is left.

    Raises OSError where it cannot be started.
    """
    mark = uuid.uuid4().hex
    named = Path(argv[0]).name == argv[0]
    program = which(argv[0], path=_path_of(env)) if named else argv[0]
    if program is None:
        raise FileNotFoundError(f"there is no program {argv[0]!r}")
    process = await asyncio.create_subprocess_exec(
        program,
        *argv[1:],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=cwd,
        env={**env, MARK: mark},
        limit=MOST_LINE,
        **_apart(),
    )
    into, reading = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    writing, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as tasks, into, reading, writing, outgoing:
            tasks.start_soon(_read, process, into, heard)
            tasks.start_soon(_write, process, outgoing, into, heard)
            tasks.start_soon(_keep_stderr, process, heard)
            tasks.start_soon(_watch, process, into, heard)
            yield reading, writing
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process, mark)


def _path_of(env: Mapping[str, str]) -> str | None:
    return next((value for name, value in env.items() if name.upper() == "PATH"), None)


def _apart() -> dict[str, Any]:
    """A group of its own, which is ended as one, and which no Ctrl+C in our terminal reaches."""
    if sys.platform == "win32":
        from copilot.shell.windows_job import CREATE_NO_WINDOW

        return {"creationflags": CREATE_NO_WINDOW}
    return {"start_new_session": True}


async def _read(
    process: asyncio.subprocess.Process,
    into: "MemoryObjectSendStream[SessionMessage | Exception]",
    heard: Heard,
) -> None:
    """Hand messages on until the server ends or gives too much; then the stream ends."""
    assert process.stdout is not None
    try:
        with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async with into:
                while not heard.trouble:
                    line = await _line_of(process.stdout, heard)
                    if line is None:
                        break
                    message = heard.line(line)
                    if message is not None and not heard.trouble:
                        await into.send(message)
                    elif message is None:
                        await anyio.sleep(0)  # a flood of lines leaves the others their turn
                if heard.trouble:
                    with contextlib.suppress(ProcessLookupError):
                        process.kill()
    finally:
        heard.over()


async def _line_of(stdout: asyncio.StreamReader, heard: Heard) -> bytes | None:
    """The next line; None where there is none, or too much of one."""
    try:
        return await stdout.readuntil(b"\n")
    except asyncio.LimitOverrunError:
        heard.trouble = f"it sent a line of more than {MOST_LINE:,} bytes"
    except (asyncio.IncompleteReadError, OSError):
        pass
    return None


async def _write(
    process: asyncio.subprocess.Process,
    outgoing: "MemoryObjectReceiveStream[SessionMessage]",
    into: "MemoryObjectSendStream[SessionMessage | Exception]",
    heard: Heard,
) -> None:
    assert process.stdin is not None
    try:
        async for sent in outgoing:
            heard.asked += isinstance(sent.message, types.JSONRPCRequest)
            text = sent.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(text.encode() + b"\n")
            await process.stdin.drain()
    except (OSError, anyio.ClosedResourceError):
        await into.aclose()  # whoever waits for an answer hears that none will come


async def _watch(
    process: asyncio.subprocess.Process,
    into: "MemoryObjectSendStream[SessionMessage | Exception]",
    heard: Heard,
) -> None:
    """End the stream of one that is gone, also where a child of it still holds its standard output."""
    while not await _ended(process, WATCH_SECONDS, WATCH_SECONDS):
        pass
    await anyio.sleep(WATCH_SECONDS)  # what it said last is read meanwhile
    await into.aclose()
    heard.over()


async def _keep_stderr(process: asyncio.subprocess.Process, heard: Heard) -> None:
    assert process.stderr is not None
    with contextlib.suppress(OSError):
        while piece := await process.stderr.read(STDERR_PIECE):
            heard.stderr = (heard.stderr + piece)[-KEPT_STDERR:]
            if len(piece) == STDERR_PIECE:
                await anyio.sleep(STDERR_PAUSE)


async def _end(process: asyncio.subprocess.Process, mark: str) -> None:
    """Close its input, wait a little, ask it, then end the group and what else carries its mark."""
    if process.stdin is not None:
        with contextlib.suppress(OSError, RuntimeError):
            process.stdin.close()
    await _ended(process, LEAVE_SECONDS)
    if sys.platform == "win32":
        from copilot.shell.windows_job import taskkill_argv

        killer = await asyncio.create_subprocess_exec(*taskkill_argv(process.pid, os.environ))
        await killer.wait()
    else:
        if process.returncode is None:
            _signal(process.pid, signal.SIGTERM)
            await _ended(process, LEAVE_SECONDS)
        _signal(process.pid, signal.SIGKILL)
        await asyncio.to_thread(end_strays, process.pid, mark, ())
    await _ended(process, LEAVE_SECONDS)
    # nothing public closes it while a grandchild holds a pipe, and it warns when it is collected
    transport: Any = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()


async def _ended(process: asyncio.subprocess.Process, seconds: float, pause: float = 0.01) -> bool:
    """Not `process.wait()`: that waits for pipes, which a grandchild may hold."""
    until = time.monotonic() + seconds
    while process.returncode is None:
        if time.monotonic() > until:
            return False
        await asyncio.sleep(pause)
    return True


def _signal(group: int, number: int) -> None:
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            os.killpg(group, number)
