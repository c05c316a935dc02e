"""Colours for a terminal, and none where they do not belong."""

from collections.abc import Mapping
from typing import TextIO

from copilot.vocabulary.frozen import frozen


@frozen
class Paint:
    """Wraps text in colour when `on`. The text itself must be free of controls already."""

    on: bool

    def bold(self, text: str) -> str:
        return self._wrap("1", text)

    def dim(self, text: str) -> str:
        return self._wrap("2", text)

    def red(self, text: str) -> str:
        return self._wrap("31", text)

    def green(self, text: str) -> str:
        return self._wrap("32", text)

    def yellow(self, text: str) -> str:
        return self._wrap("33", text)

    def cyan(self, text: str) -> str:
        return self._wrap("36", text)

    def diff(self, line: str) -> str:
        """A line of a unified diff in the colour of its first character."""
        if line.startswith("@@"):
            return self.cyan(line)
        if line.startswith("+"):
            return self.green(line)
        return self.red(line) if line.startswith("-") else line

    def _wrap(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.on and text else text


def paint_for(stream: TextIO, environ: Mapping[str, str], *, no_color: bool = False) -> Paint:
    """Colour on a terminal, but for `--no-color`, `NO_COLOR` and `TERM=dumb`; `FORCE_COLOR` asks for it."""
    if no_color or environ.get("NO_COLOR"):
        return Paint(on=False)
    if environ.get("FORCE_COLOR", "0") not in ("", "0", "false"):
        return Paint(on=True)
    return Paint(on=stream.isatty() and environ.get("TERM", "") != "dumb")
