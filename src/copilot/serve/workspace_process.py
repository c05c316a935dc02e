"""The process of one user: `python -m copilot.serve.workspace_process`, started by `copilot serve`.

What it needs to know comes on its standard input, the keys for providers among it; so do the requests. It
ends with its standard input, which ends with the server, and killing it loses nothing that was acknowledged.
"""

import os
import signal
import sys
import threading
import traceback
import uuid
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import time
from types import FrameType

from copilot.assembly.surroundings import Surroundings, Walls
from copilot.projects.config import load_settings
from copilot.projects.home import Home
from copilot.serve.bodies import read_object
from copilot.serve.confining import bound_process, narrowed
from copilot.serve.opened import OpenProject
from copilot.serve.pipe import (
    MOST_BODY,
    Answer,
    Ask,
    Busy,
    Pipe,
    PipeEndedError,
    Start,
    Told,
    to_server,
    trouble_of,
)
from copilot.serve.place import UserPlace
from copilot.serve.quota import Quota
from copilot.serve.running import Running
from copilot.vocabulary.commands import Shutdown
from copilot.vocabulary.errors import ConfigError, CopilotError, ProjectError
from copilot.vocabulary.messages import JsonValue

LOOK_SECONDS = 1.0
"""How often it is looked whether a turn takes too long, or the disk is full."""

CLOSE_SECONDS = 3.0
"""How long turns may take to end when the process does."""

LAST_SECONDS = 4.5
"""After that it just ends: the server would kill it a moment later."""

TOO_LONG = "This turn was stopped: it took longer than a turn may on this server."
FULL = "This turn was stopped: your files take all the room that they may."


class GivenKeys:
    """The keys that the server's owner gave, as a vault from which they are only read."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = dict(keys)

    def trouble(self) -> str:
        """It always works."""
        return ""

    def read(self, name: str) -> str | None:
        """The key of a provider."""
        return self._keys.get(name)

    def write(self, name: str, secret: str) -> None:
        """Raises ConfigError."""
        del name, secret
        raise ConfigError("keys are the server's owner's to keep")

    def remove(self, name: str) -> None:
        """Raises ConfigError."""
        del name
        raise ConfigError("keys are the server's owner's to keep")


class UserDesks:
    """All projects that are open. `close` it."""

    def __init__(self, start: Start, pipe: Pipe) -> None:
        owner = Home(root=Path(start.owner))
        self._place = UserPlace(Path(start.place))
        self._limits = start.limits
        self._pipe = pipe
        self._settings = narrowed(load_settings(owner)[0], start.limits)
        self._around = Surroundings(
            environ=dict(os.environ),
            cwd=self._place.folder,
            platform=sys.platform,
            clock=time,
            new_id=lambda: uuid.uuid4().hex,
            vault=GivenKeys(start.keys),
            walls=Walls(shut=tuple(map(Path, start.shut)), unconfined=start.unconfined),
            window=False,
        )
        self._running = Running(start.limits, lambda turns: pipe.send(Busy(turns=turns)))
        self._quota = Quota(self._place.folder, start.limits)
        self._open: dict[str, OpenProject] = {}
        self._news = threading.Event()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=work, name=name, daemon=True)
            for name, work in (("tell", self._tell), ("look", self._look))
        ]
        for thread in self._threads:
            thread.start()

    def answer(self, ask: Ask, body: bytes) -> tuple[Answer, bytes]:
        """Do what is asked; what cannot be done is the answer's trouble."""
        try:
            at, found = self._do(ask, body)
        except CopilotError as error:
            return Answer(number=ask.number, trouble=trouble_of(error)), b""
        except Exception as error:  # the top of a request: what runs goes on
            traceback.print_exc()
            trouble = CopilotError(f"an internal error: {type(error).__name__}")
            return Answer(number=ask.number, trouble=trouble_of(trouble)), b""
        return Answer(number=ask.number, at=at), found

    def close(self) -> None:
        """Stop what runs and let everything go; what was kept is on the disk."""
        self._over.set()
        self._news.set()
        projects = list(self._open.values())
        for one in projects:
            one.desk.worker.submit(Shutdown())
        for one in projects:
            one.desk.worker.join(CLOSE_SECONDS)
        for one in projects:
            with suppress(CopilotError, OSError):
                one.desk.close()

    def _do(self, ask: Ask, body: bytes) -> tuple[int, bytes]:
        project = self._opened(ask)
        match ask.what:
            case "submit":
                project.submit(_command(ask.path, body), len(body))
            case "snapshot":
                return project.snapshot()
            case "approvals":
                return 0, project.approvals()
            case "read":
                return 0, project.read(ask.path, min(self._limits.body_bytes, MOST_BODY))
            case "write":
                project.write(ask.path, body)
            case "delete":
                project.delete(ask.path)
            case "attach":
                return 0, project.attach(ask.path, body)
        return 0, b""

    def _opened(self, ask: Ask) -> OpenProject:
        found = self._open.get(ask.project)
        if found is not None:
            return found
        from copilot.assembly.desk import open_desk  # the first message has been read by now

        self._place.require(ask.project)
        desk = open_desk(
            self._around,
            home=self._place.home,
            project=ask.project,
            base_dir=self._place.base_dir(ask.project),
            settings=self._settings,
        )
        desk.keys.look()  # so that each is there, and is taken out of all that is told
        opened = OpenProject(
            desk,
            ask.first,
            self._running,
            self._quota,
            lambda number, line: self._pipe.send(Told(project=ask.project, number=number), line),
        )
        desk.worker.on_event = self._news.set
        self._open[ask.project] = opened
        desk.worker.start()
        return opened

    def _tell(self) -> None:
        """On a thread: hand events on."""
        with _needed():
            while not self._over.is_set():
                self._news.wait()
                self._news.clear()
                more = [one.pump() for one in list(self._open.values())]
                if any(more):
                    self._news.set()

    def _look(self) -> None:
        """On a thread: stop what takes too long or too much."""
        with _needed():
            while not self._over.wait(LOOK_SECONDS):
                for project, turn_id in self._running.overdue():
                    self._open[project].stop(turn_id, TOO_LONG)
                if self._running.count and self._quota.full:
                    for project, turn_id in self._running.all():
                        self._open[project].stop(turn_id, FULL)


@contextmanager
def _needed() -> Generator[None]:
    """Around the work of a thread without which the process is of no use: it ends as if it were killed."""
    try:
        yield
    except PipeEndedError:
        return  # the server is gone, which the main thread sees, too
    except Exception:
        traceback.print_exc()
        os._exit(1)


def _command(name: str, body: bytes) -> Mapping[str, JsonValue]:
    """The command in a body, which is the one of that name: by it is known what was done."""
    try:
        said = read_object(body)
    except ValueError as error:
        raise ProjectError("that is no JSON object in UTF-8") from error
    if said.get("command") != name:
        raise ProjectError("the object is two commands at once")
    return said


def serve(pipe: Pipe) -> None:
    """Answer until the server goes."""
    start, _ = pipe.receive()
    if not isinstance(start, Start):
        raise PipeEndedError("the first message was another")
    bound_process(start.limits)
    desks = UserDesks(start, pipe)
    try:
        while True:
            ask, body = pipe.receive()
            if isinstance(ask, Ask):
                pipe.send(*desks.answer(ask, body))
    finally:
        last = threading.Timer(LAST_SECONDS, os._exit, (0,))
        last.daemon = True
        last.start()
        desks.close()


def _end(number: int, frame: FrameType | None) -> None:
    """A signal that asks for the end, or says that the CPU seconds are used up."""
    del number, frame
    raise SystemExit(0)


def main() -> int:
    """0: it ended with the server, or as it was asked to."""
    reading, writing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)  # whoever prints something does not print into the pipe
    for name in ("SIGTERM", "SIGXCPU"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _end)
    with suppress(PipeEndedError):
        serve(to_server(reading, writing))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
