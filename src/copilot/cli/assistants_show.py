"""What several assistants do, in one terminal: every line says whose it is, answers stand whole."""

import json
from typing import TextIO

from copilot.cli.paint import Paint
from copilot.cli.terminal import Terminal
from copilot.vocabulary.bare import bare
from copilot.vocabulary.codec import encode_event
from copilot.vocabulary.events import (
    Event,
    MessageKept,
    Notice,
    ProjectChanged,
    TextDelta,
    TurnEvent,
    TurnFinished,
    TurnStarted,
)
from copilot.vocabulary.text import for_stream, visible


class _Labelled:
    """Standard error as one of them writes to it: each line behind its name, and only whole lines."""

    def __init__(self, label: str, err: TextIO) -> None:
        self._label = label
        self._err = err
        self._line = ""

    def write(self, text: str) -> int:
        """Write the lines that are whole now."""
        *whole, self._line = (self._line + text).split("\n")
        self._err.write("".join(f"{self._label}{line}\n" for line in whole))
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        self._err.flush()

    def isatty(self) -> bool:
        """As standard error."""
        return self._err.isatty()


class Voices:
    """Knows whose each event is: an assistant's branch, "" for what belongs to no turn."""

    def __init__(self) -> None:
        self._of_turn: dict[str, str] = {}
        self._name: dict[str, str] = {}

    def hear(self, event: Event) -> tuple[str, str]:
        """The branch and the assistant that an event is about."""
        if isinstance(event, TurnStarted):
            self._of_turn[event.turn_id] = event.branch
            self._name[event.branch] = event.assistant
        branch = self._branch(event)
        return branch, self._name.get(branch, "")

    def _branch(self, event: Event) -> str:
        match event:
            case TurnEvent(branch=branch) | MessageKept(branch=branch):
                return branch
            case Notice(turn_id=turn_id):
                return self._of_turn.get(turn_id, "")
            case _:
                return ""


class Several:
    """Shows the events of several. With `alone`, the answer of that branch goes out as it comes."""

    def __init__(self, out: TextIO, err: TextIO, paint: Paint, *, verbose: bool, alone: str = "") -> None:
        self._out = out
        self._err = err
        self._paint = paint
        self._verbose = verbose
        self.alone = alone
        self._voices = Voices()
        self._terminals: dict[str, Terminal] = {}

    def show(self, event: Event) -> None:
        """Print one event."""
        branch, _ = self._voices.hear(event)
        terminal = self._terminal(branch)
        if branch in ("", self.alone):
            terminal.show(event)
            return
        match event:
            case TextDelta():
                return
            case TurnStarted(asked_by=asked_by) if asked_by:
                terminal.note(self._paint.dim(f"begins, asked by {visible(asked_by, keep='')}"))
            case TurnFinished(text=text):
                terminal.show(event)
                terminal.note(self._paint.dim("is done"))
                if not self.alone:
                    self._answer(branch, text)
            case _:
                terminal.show(event)

    def _answer(self, branch: str, text: str) -> None:
        words = for_stream(text, terminal=self._out.isatty())
        self._out.write(f"## {visible(branch, keep='')}\n\n{words.rstrip()}\n\n")
        self._out.flush()

    def _terminal(self, branch: str) -> Terminal:
        if branch not in self._terminals:
            label = "" if branch in ("", self.alone) else f"{self._paint.cyan(visible(branch, keep=''))} │ "
            err: TextIO = _Labelled(label, self._err) if label else self._err  # type: ignore[assignment]
            self._terminals[branch] = Terminal(
                out=self._out, err=err, paint=self._paint, verbose=self._verbose
            )
        return self._terminals[branch]


class Lines:
    """The same for programs: each event with the name of the assistant that it is about."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._voices = Voices()

    def show(self, event: Event) -> None:
        """Print one event."""
        _, name = self._voices.hear(event)
        told = encode_event(bare(event) if isinstance(event, ProjectChanged) else event)
        if "assistant" not in told:
            told["assistant"] = name
        self._out.write(json.dumps(told) + "\n")
        self._out.flush()
