"""All workspaces of a server (`contract.Workspaces`): one for each user, looked after by one thread."""

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import cast

from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.surroundings import Surroundings
from copilot.projects.home import Home
from copilot.providers.catalog import KEY_VARIABLES
from copilot.serve.bodies import Unread
from copilot.serve.contract import Follow, Limits, User, WorkspaceEndedError
from copilot.serve.pipe import Ask, Start
from copilot.serve.place import place_of
from copilot.serve.workspace import CLOSING, STOPPED, Workspace, said_in
from copilot.shell.environment import is_secret_name
from copilot.shell.own_python import own_environment
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.messages import JsonValue
from copilot.vocabulary.text import holds_key

TEND_SECONDS = 1.0
"""How often processes are looked after."""


def open_workspaces(
    around: Surroundings, home: Home, *, hidden: Sequence[Path] = (), unconfined: bool = False
) -> "ServedWorkspaces":
    """The workspaces of the server whose owner has this home; no process is started yet.

    Close them. Scripts see nothing of the home, nor of what is `hidden`: files and folders that belong to the
    server and lie elsewhere, as the key of its certificate. With `unconfined` scripts run also where this
    machine cannot confine them. Raises ConfigError for a key that cannot be used.
    """
    keys = HeldKeys(around.environ, home, around.vault)
    return ServedWorkspaces(around, home, keys, (home.root, *hidden), unconfined=unconfined)


class ServedWorkspaces:
    """See `contract.Workspaces`."""

    def __init__(
        self, around: Surroundings, home: Home, keys: HeldKeys, shut: Sequence[Path], *, unconfined: bool
    ) -> None:
        self._around, self._home, self._keys = around, home, keys
        self._shut = tuple(map(str, shut))
        self._unconfined = unconfined
        self._lock = threading.Lock()
        self._known: dict[str, Workspace] = {}
        self._closing = threading.Event()
        self._tending = threading.Thread(target=self._tend, name="workspaces", daemon=True)
        self._tending.start()

    def __enter__(self) -> "ServedWorkspaces":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def projects(self, user: User) -> tuple[str, ...]:
        """See `Workspaces`."""
        return self._of(user.name).projects()

    def create(self, user: User, project: str) -> None:
        """See `Workspaces`."""
        self._of(user.name).create(user.limits, project)

    def submit(self, user: User, project: str, command: Mapping[str, JsonValue] | Unread) -> None:
        """See `Workspaces`."""
        if isinstance(command, Unread):
            name, body = command.name, command.body
        else:
            name, body = str(command.get("command")), json.dumps(command).encode()
        ask = Ask(number=0, what="submit", project=project, path=name)
        self._of(user.name).ask(user.limits, ask, body)

    def follow(
        self, user: User, project: str, after: int = 0, wake: Callable[[], None] | None = None
    ) -> Follow:
        """See `Workspaces`."""
        return self._of(user.name).follow(user.limits, project, after, wake)

    def approvals(self, user: User, project: str) -> tuple[Mapping[str, JsonValue], ...]:
        """See `Workspaces`."""
        return self._of(user.name).approvals(user.limits, project)

    def read_file(self, user: User, project: str, path: str) -> bytes:
        """See `Workspaces`."""
        ask = Ask(number=0, what="read", project=project, path=path)
        return self._of(user.name).ask(user.limits, ask)[1]

    def write_file(self, user: User, project: str, path: str, data: bytes) -> None:
        """See `Workspaces`."""
        ask = Ask(number=0, what="write", project=project, path=path)
        self._of(user.name).ask(user.limits, ask, data)

    def delete_file(self, user: User, project: str, path: str) -> None:
        """See `Workspaces`."""
        ask = Ask(number=0, what="delete", project=project, path=path)
        self._of(user.name).ask(user.limits, ask)

    def attach(self, user: User, project: str, name: str, data: bytes) -> Mapping[str, JsonValue]:
        """See `Workspaces`."""
        ask = Ask(number=0, what="attach", project=project, path=name)
        said = said_in(self._of(user.name).ask(user.limits, ask, data)[1])
        return cast(Mapping[str, JsonValue], said["attachment"])

    def stop_user(self, name: str) -> None:
        """See `Workspaces`."""
        with self._lock:
            known = self._known.get(name)
        if known is not None:
            known.stop(STOPPED)

    def pids(self) -> Mapping[str, int]:
        """The process of each user who has one."""
        with self._lock:
            found = {name: one.pid for name, one in self._known.items()}
        return {name: pid for name, pid in found.items() if pid is not None}

    def close(self) -> None:
        """See `Workspaces`."""
        self._closing.set()
        with self._lock:
            known = list(self._known.values())
        with ThreadPoolExecutor(max_workers=max(1, len(known))) as ending:  # all at once
            for one in known:
                ending.submit(one.stop, CLOSING, for_good=True)
        self._tending.join()

    def _of(self, name: str) -> Workspace:
        with self._lock:
            if self._closing.is_set():
                raise WorkspaceEndedError(CLOSING)
            if name not in self._known:
                place = place_of(self._home, name)

                def start(limits: Limits) -> Start:
                    return Start(
                        user=name,
                        owner=str(self._home.root),
                        place=str(place.folder),
                        limits=limits,
                        shut=self._shut,
                        keys=self._found_keys(),
                        unconfined=self._unconfined,
                    )

                self._known[name] = Workspace(place, start, self._environ(place.home.root))
            return self._known[name]

    def _found_keys(self) -> dict[str, str]:
        """The owner's keys as they are now; one that cannot be found is missed by the turn that needs it."""
        found: dict[str, str] = {}
        for provider in KEY_VARIABLES:
            with suppress(ConfigError):
                if (key := self._keys.find(provider)) is not None:
                    found[provider] = key.value
        return found

    def _environ(self, home: Path) -> Mapping[str, str]:
        """What a user's process sees of ours: no key, nothing that smells of one, another home."""
        keys = self._keys.values()
        kept = {
            name: value
            for name, value in own_environment(self._around.environ).items()
            if not is_secret_name(name) and not holds_key(value, keys) and name != "COPILOT_HOME"
        }
        return {**kept, "HOME": str(home), **({"USERPROFILE": str(home)} if os.name == "nt" else {})}

    def _tend(self) -> None:
        while not self._closing.wait(TEND_SECONDS):
            with self._lock:
                known = list(self._known.values())
            for one in known:
                one.tend()
