"""Stand-ins for the system's keyring, in memory."""

import threading

from copilot.vocabulary.errors import ConfigError


class MemoryVault:
    """Keeps what it is given. With `trouble` it does nothing but say so, as a headless machine does."""

    def __init__(self, *, trouble: str = "", **secrets: str) -> None:
        self.said = trouble
        self.secrets = dict(secrets)
        self.reads: list[str] = []
        self.threads: set[int] = set()

    def trouble(self) -> str:
        self.threads.add(threading.get_ident())
        return self.said

    def read(self, name: str) -> str | None:
        self._work()
        self.reads.append(name)
        return self.secrets.get(name)

    def write(self, name: str, secret: str) -> None:
        self._work()
        self.secrets[name] = secret

    def remove(self, name: str) -> None:
        self._work()
        self.secrets.pop(name, None)

    def _work(self) -> None:
        self.threads.add(threading.get_ident())
        if self.said:
            raise ConfigError(self.said)
