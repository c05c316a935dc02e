"""Keyring back ends as the library has them: classes with a `priority`, made without arguments."""

import threading
from typing import ClassVar

CALLERS: set[str] = set()
HOLD = threading.Event()


class _NoPriority(type):
    @property
    def priority(cls) -> float:
        raise RuntimeError("no service answers")


class Absent(metaclass=_NoPriority):
    """Says that it does not work here, as the library's do."""


class Null:
    """What swallows secrets has a priority below zero, or none."""

    priority = -1


class Working:
    priority = 5
    kept: ClassVar[dict[tuple[str, str], str]] = {}

    def get_password(self, service: str, name: str) -> str | None:
        CALLERS.add(threading.current_thread().name)
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, secret: str) -> None:
        self.kept[service, name] = secret

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]


class Failing(Working):
    def get_password(self, service: str, name: str) -> str | None:
        raise OSError(f"the secret of {name} is sk-told-by-an-error")


class Locked(Working):
    """Waits for a person."""

    def get_password(self, service: str, name: str) -> str | None:
        HOLD.wait(60)
        return "late"
