"""Asking the person, before a turn, about what the project brings along: seen with its cost first."""

from collections.abc import Callable, Iterable

from copilot.cli.approve import Person, forget_typed
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint
from copilot.cli.trust_lines import item_lines
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible
from copilot.vocabulary.trusts import TrustItem, TrustState

MOST_LINES = 20
"""Lines of one that are shown before the question; the rest where it is asked for."""

_HEAD = "This project brings along what counts only once you trust this very text:\n"
_ANSWERS: dict[str, TrustState | None] = {
    **dict.fromkeys(("y", "yes"), "trusted"),
    **dict.fromkeys(("n", "no"), "refused"),
    "": None,
}


@frozen
class TrustAsker:
    """`answer` keeps what was said of the content with a hash; it may raise ProjectError and StorageError."""

    person: Person
    paint: Paint
    interrupts: Interrupts
    answer: Callable[[str, TrustState], None]

    def ask(self, waiting: Iterable[TrustItem]) -> bool:
        """Ask about each. False where a signal ended it; what has no answer stays unused."""
        try:
            for number, item in enumerate(waiting):
                if number == 0:
                    self._write(_HEAD)
                said = self._asked(item)
                if said is not None:
                    self._keep(item, said)
        except KeyboardInterrupt:
            self._write("\n")
            return False
        return True

    def _asked(self, item: TrustItem) -> TrustState | None:
        lines = item_lines(item, self.paint)
        first = lines if len(lines) <= MOST_LINES + 1 else lines[:MOST_LINES]
        self._write("".join(f"{line}\n" for line in first))
        rest = lines[len(first) :]
        forget_typed(self.person.read)
        while True:
            more = f"[s]how {len(rest):,} more lines, " if rest else ""
            answer = self._line(f"{more}[y]es, use it, [n]o, and ask no more (Enter: not now): ")
            word = "" if answer is None else answer.strip().lower()
            if word in ("s", "show") and rest:
                self._write("".join(f"{line}\n" for line in rest))
                rest = []
            elif word in _ANSWERS:
                return _ANSWERS[word]
            else:
                self._write("  Please answer with one of the letters in brackets.\n")

    def _keep(self, item: TrustItem, said: TrustState) -> None:
        try:
            self.answer(item.sha256, said)
        except CopilotError as error:
            self._write(f"  Not kept: {visible(str(error), keep='')}. {visible(error.hint, keep='')}\n")

    def _line(self, prompt: str) -> str | None:
        self._write(prompt)
        with self.interrupts.asking():
            line = self.person.read.readline()
        if not line:
            self._write("\n")
        return line or None

    def _write(self, text: str) -> None:
        self.person.write.write(text)
        self.person.write.flush()
