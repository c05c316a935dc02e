"""A stand-in for the system's keyring that a test can look into: a JSON file."""

import json
import time
from pathlib import Path

from copilot.vocabulary.errors import ConfigError


class FileVault:
    """Keeps secrets in `path`; `broken` as on a machine without a keyring. It is slow, as real ones are."""

    def __init__(self, path: Path, *, broken: bool) -> None:
        self._path = path
        self._broken = broken

    def trouble(self) -> str:
        time.sleep(0.2)
        return "the system's keyring does not work here: no service answers" if self._broken else ""

    def read(self, name: str) -> str | None:
        return self._all().get(name)

    def write(self, name: str, secret: str) -> None:
        self._path.write_text(json.dumps({**self._all(), name: secret}))

    def remove(self, name: str) -> None:
        self._path.write_text(json.dumps({n: s for n, s in self._all().items() if n != name}))

    def _all(self) -> dict[str, str]:
        if trouble := self.trouble():
            raise ConfigError(trouble)
        return json.loads(self._path.read_text()) if self._path.exists() else {}
