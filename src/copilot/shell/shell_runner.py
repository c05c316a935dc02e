"""Runs a program to its end, its timeout or the person's stop, and leaves nothing of it behind.

A run ends when the program itself has ended and its background children had half a second to finish; it never
waits for a pipe that some grandchild holds, and a closed standard output is not taken for an end. What the
program prints is shown as it comes, bounded in memory, kept whole on disk up to a cap.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import IO, Literal

from copilot.shell.confine.fences import Fences, fenced
from copilot.shell.environment import child_environment
from copilot.shell.output import Filter, Kept, NoFilter, StreamKeeper
from copilot.shell.scripts import held_unchanged, write_script
from copilot.shell.shells import Shell, script_argv
from copilot.shell.tree import Ended, Tree, start_tree
from copilot.shell.work_folder import WorkFolder
from copilot.storage.redaction import Redactor
from copilot.vocabulary.confinement import Fence
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.frozen import field, frozen, mutable
from copilot.vocabulary.text import holds_key, visible

Stream = Literal["stdout", "stderr"]
OnOutput = Callable[[Stream, str], None]

_LOOK_SECONDS = 0.03
"""Between two looks at `cancelled`, and the rhythm in which output is handed on."""
_PIPE_SECONDS = 0.5
"""How long to go on reading after the tree has ended."""


@frozen
class Outcome:
    """How a run ended.

    `exit_code` is None where we ended it; a program ended by a signal has 128 plus its number, as in a shell.
    `survivors` counts background processes that were still running and were ended. `notices` are sentences
    for the person and the model. `kept` are the files that hold the output whole.
    """

    exit_code: int | None
    stdout: str
    stderr: str
    timed_out: bool
    cancelled: bool
    seconds: float
    truncated: bool
    survivors: int
    notices: tuple[str, ...] = ()
    kept: tuple[Path, ...] = ()


def run(
    argv: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    timeout_seconds: float,
    cancelled: Callable[[], bool],
    output: OnOutput,
    keep_at: Path | None = None,
    new_filter: Callable[[], Filter] = NoFilter,
    fence: Mapping[str, object] | None = None,
    cwd_fd: int | None = None,
) -> Outcome:
    """Run `argv` (its first word an absolute path) in `cwd` with exactly `env`, standard input empty.

    Where the folder is held by `cwd_fd`, the path `cwd` only names it; the descriptor stays the caller's.
    `output` is told pieces as they come, from the calling thread. Output goes to `keep_at` with the suffixes
    `.stdout.txt` and `.stderr.txt`. `fence` is what `confine.space` specifies, None for none. Everything
    printed passes a filter of its own for each stream. Raises ToolError where the program cannot be started.
    """
    started = time.monotonic()
    live = _Live()
    mark = os.urandom(16).hex()
    tree = start_tree(
        argv, cwd=cwd, env=env, timeout_seconds=timeout_seconds, mark=mark, fence=fence, cwd_fd=cwd_fd
    )
    kept: dict[Stream, Kept] = {}
    out = _Reader.start("stdout", tree.stdout, keep_at, new_filter, live)
    err = _Reader.start("stderr", tree.stderr, keep_at, new_filter, live)
    try:
        stopped = _follow(tree, cancelled, lambda: live.hand_on(output), (out, err))
    finally:
        tree.close()
        for reader in (out, err):
            kept[reader.name] = reader.finish()
    live.hand_on(output)
    ended = tree.result()
    return _outcome(ended, kept, stopped, time.monotonic() - started, timeout_seconds)


def run_script(
    shell: Shell,
    script: str,
    *,
    folder: Path,
    session: str,
    work: WorkFolder,
    environ: Mapping[str, str],
    platform: str,
    timeout_seconds: float,
    cancelled: Callable[[], bool],
    output: OnOutput,
    started: Callable[[str, str], None],
    keys: Collection[str] = (),
    fences: Fences | None = None,
    fence: Fence | None = None,
) -> Outcome:
    """Write an approved script to `folder`, tell `started` its file and sha256, and run it in `work`.

    The child sees only what `child_environment` lets through of `environ`. Raises ToolError for a script
    that cannot be fenced in as `fence` says, that holds one of `keys`, or whose file or folder changed before
    it started, StorageError for the disk.
    """
    if holds_key(script, keys):
        raise ToolError("the script holds one of our keys; it was not run")
    file = write_script(folder, session, shell, script)
    with held_unchanged(file):
        work.check()
        started(str(file.path), file.sha256)
        argv = script_argv(shell, str(file.path))
        env = child_environment(environ, platform, keys=keys)
        with fenced(fences or Fences(), fence, work.real, argv, env) as specified:
            return run(
                argv,
                cwd=work.real,
                cwd_fd=work.fd,
                env=env,
                timeout_seconds=timeout_seconds,
                cancelled=cancelled,
                output=output,
                keep_at=file.path.with_suffix(""),
                new_filter=Redactor(keys).stream,
                fence=specified,
            )


@mutable
class _Live:
    """Pieces of output on their way from the reading threads to the thread that runs the tool."""

    pieces: deque[tuple[Stream, str]] = field(default_factory=deque[tuple[Stream, str]])

    def hand_on(self, output: OnOutput) -> None:
        """Tell `output` what came, neighbouring pieces of one stream joined."""
        joined: list[tuple[Stream, list[str]]] = []
        while self.pieces:
            stream, text = self.pieces.popleft()
            if joined and joined[-1][0] == stream:
                joined[-1][1].append(text)
            else:
                joined.append((stream, [text]))
        for stream, texts in joined:
            output(stream, "".join(texts))


@mutable(kw_only=True)
class _Reader:
    """One thread that reads one pipe to its end."""

    name: Stream
    pipe: IO[bytes]
    keeper: StreamKeeper
    error: BaseException | None = None
    thread: threading.Thread | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    closed: bool = False

    @classmethod
    def start(
        cls,
        name: Stream,
        pipe: IO[bytes],
        keep_at: Path | None,
        new_filter: Callable[[], Filter],
        live: _Live,
    ) -> "_Reader":
        """Begin to read."""
        file = None if keep_at is None else keep_at.with_name(f"{keep_at.name}.{name}.txt")
        keeper = StreamKeeper(
            file=file, new_filter=new_filter, live=lambda text: live.pieces.append((name, text))
        )
        reader = cls(name=name, pipe=pipe, keeper=keeper)
        reader.thread = threading.Thread(target=reader._read, name=f"read {name}", daemon=True)
        reader.thread.start()
        return reader

    def finish(self) -> Kept:
        """Wait a moment for the end of the pipe, then take what came. Raises what the thread died of."""
        assert self.thread is not None
        self.thread.join(_PIPE_SECONDS)
        with self.lock:
            self.closed = True
            if self.error is not None:
                raise self.error
            return self.keeper.finish()

    def _read(self) -> None:
        try:
            with self.pipe as pipe:
                while data := pipe.read(1 << 16):
                    with self.lock:
                        if self.closed:
                            return
                        self.keeper.feed(data)
        except Exception as error:  # top of a thread: the run is stopped and raises this
            self.error = error


def _follow(
    tree: Tree, cancelled: Callable[[], bool], hand_on: Callable[[], None], readers: Sequence[_Reader]
) -> bool:
    """Wait for the end of the tree. True when the person stopped it."""
    stopped = False
    while not tree.ended():
        if not stopped and (cancelled() or any(reader.error for reader in readers)):
            stopped = True
            tree.stop()
        hand_on()
        time.sleep(_LOOK_SECONDS)
    return stopped


def _outcome(
    ended: Ended, kept: Mapping[Stream, Kept], stopped: bool, seconds: float, timeout_seconds: float
) -> Outcome:
    out, err = kept["stdout"], kept["stderr"]
    exited = ended.reason == "exited"
    code = ended.code if exited else None
    return Outcome(
        exit_code=128 - code if code is not None and code < 0 else code,
        stdout=out.text,
        stderr=err.text,
        timed_out=ended.reason == "timed_out",
        cancelled=stopped and not exited,
        seconds=seconds,
        truncated=out.truncated or err.truncated,
        survivors=ended.leftovers,
        notices=tuple(_notices(ended, kept, stopped, timeout_seconds)),
        kept=tuple(k.file for k in (out, err) if k.file is not None and not k.trouble),
    )


def _notices(ended: Ended, kept: Mapping[Stream, Kept], stopped: bool, timeout_seconds: float) -> list[str]:
    said: list[str] = []
    match ended.reason:
        case "timed_out":
            said.append(
                f"Ended after {timeout_seconds:g} s, the time limit. Was it waiting for input? "
                "Standard input is empty here and there is no terminal."
            )
        case "stopped" if stopped:
            said.append("Stopped by the person; it may have done part of its work.")
        case "stopped" | "lost":
            said.append("Our runner process was ended from outside; what the program left was ended too.")
        case "exited":
            if ended.code is not None and ended.code < 0:
                said.append(f"Ended by signal {_signal_name(-ended.code)}.")
    said += _tree_notices(ended)
    for name, stream in kept.items():
        if stream.lossy:
            said.append(f"Some bytes on {name} were not UTF-8 text and are shown as \ufffd.")
        if stream.trouble:
            said.append(stream.trouble)
    return said


def _tree_notices(ended: Ended) -> list[str]:
    """What is to be said of its processes, and of what the fence kept them from."""
    said: list[str] = []
    if ended.unsent:
        times = "once" if ended.unsent == 1 else f"{ended.unsent:,} times"
        said.append(f"It tried {times} to reach the network, which is off here; nothing left this machine.")
    if ended.full:
        said.append(
            f"It came to its limit of {ended.full:,} processes and threads, or close to it; more are "
            "refused. The limit is [run] processes in config.toml."
        )
    if ended.leftovers:
        left = f"It left {_processes(ended.leftovers)} running in the background; ended"
        said.append(f"{left}{_names(ended)}.")
    if ended.left:
        said.append(f"{_processes(ended.left)} could not be ended (of another user?) and may still run.")
    return said


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count:,} processes"


def _names(ended: Ended) -> str:
    """Which ones, as far as they are known: programs choose how they are called."""
    named = [f"{visible(name, keep='') or 'unnamed'} (pid {pid})" for pid, name in ended.named]
    if named and len(named) < ended.leftovers:
        named.append(f"and {ended.leftovers - len(named):,} more")
    return f": {', '.join(named)}" if named else ""


def _signal_name(number: int) -> str:
    try:
        return f"{number} ({signal.Signals(number).name})"
    except ValueError:
        return str(number)
