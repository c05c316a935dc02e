"""Asking the person in a terminal: the whole script is shown, and nothing is approved by accident."""

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from copilot.cli.details import editable, lines_of, question
from copilot.cli.interrupts import Interrupts
from copilot.cli.paint import Paint
from copilot.cli.previews import choices, fence_of
from copilot.vocabulary.approvals import (
    ApprovalDetail,
    Decision,
    FileWriteDetail,
    HandOverDetail,
    McpDetail,
    PythonFileDetail,
    ScriptDetail,
    SpendDetail,
)
from copilot.vocabulary.events import ApprovalRequested, PreviewReady
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import visible

if TYPE_CHECKING:
    from copilot.cli.always import Always
    from copilot.cli.previews import Previewer

_SUFFIX = {"bash": ".sh", "sh": ".sh", "pwsh": ".ps1", "powershell": ".ps1"}


@frozen
class Person:
    """Where the person reads and types; both are a terminal."""

    read: TextIO
    write: TextIO


def find_person(
    stdin: TextIO, stderr: TextIO, *, stdin_is_prompt: bool, open_terminal: Callable[[], TextIO | None]
) -> Person | None:
    """The person at this terminal, None where nobody can answer.

    The questions go to standard error, so that must be a terminal. Where the prompt came through standard
    input, the answers come from the controlling terminal instead.
    """
    if not stderr.isatty():
        return None
    if stdin.isatty():
        return Person(read=stdin, write=stderr)
    terminal = open_terminal() if stdin_is_prompt else None
    return None if terminal is None else Person(read=terminal, write=stderr)


def controlling_terminal() -> TextIO | None:
    """The terminal of this session, opened for reading; None where there is none."""
    try:
        return Path("/dev/tty").open(encoding="utf-8", errors="replace")
    except OSError:
        return None


@frozen
class Approver:
    """Asks one person. `environ` names the editor.

    `tells` is True where nothing else shows the person what a request is about: then this does, before it
    asks. `always` finds rules that would let a request pass from now on; None where none can be added.
    """

    person: Person
    paint: Paint
    environ: Mapping[str, str]
    interrupts: Interrupts
    tells: bool = False
    always: "Always | None" = None
    previewer: "Previewer | None" = None

    def ask(self, request: ApprovalRequested) -> Decision | None:
        """The person's answer; None when a signal ended the turn meanwhile. End of input rejects."""
        try:
            return self._ask(request)
        except KeyboardInterrupt:
            self._write("\n")
            return None

    def _ask(self, request: ApprovalRequested) -> Decision:
        text: str | None = None
        previewed: PreviewReady | None = None
        if self.tells:
            self._tell(request.detail)
        forget_typed(self.person.read)
        while True:
            answer = self._line(self._prompt(request, previewed))
            if answer is None:
                self._write("\n")
                return _decision(request, "reject", note="the terminal was closed")
            word, _, rest = answer.strip().partition(" ")
            match word.lower():
                case "a" | "approve" | "y" | "yes":
                    return replace(_decision(request, "approve"), edited_text=text)
                case "e" | "edit" if editable(request.detail) is not None:
                    text, previewed = self._edit(request.detail, text), None
                case "l" | "always" if self._can_always(request):
                    if text is not None:
                        self._write("  A rule would be for the text as it was proposed, not for your edit.\n")
                    elif self.always is not None and self.always.offer(request, self._line, self._write):
                        return _decision(request, "approve")
                case "" | "r" | "reject" | "n" | "no" as no:
                    return self._no(request, no, rest)
                case other if self._fenced(request) and other[0] in "pcwo":
                    previewed, chosen = self._run_answer(request, other[0], text, previewed)
                    if chosen is not None:
                        return replace(chosen, edited_text=text)
                case _:
                    self._write("  Please answer with one of the letters in brackets.\n")

    def _no(self, request: ApprovalRequested, word: str, reason: str) -> Decision:
        """A rejection; a reason is asked for where one was announced by the word and not given."""
        if word and not reason.strip() and not isinstance(request.detail, SpendDetail):
            reason = self._line("  Reason (Enter for none): ") or ""
        return _decision(request, "reject", note=reason.strip())

    def _run_answer(
        self, request: ApprovalRequested, how: str, text: str | None, previewed: PreviewReady | None
    ) -> tuple[PreviewReady | None, Decision | None]:
        """What is known of a preview after this answer, and the approval with the choice for this run."""
        assert self.previewer is not None
        yes = _decision(request, "approve")
        if how == "p":
            made = self.previewer.make(request, text, self._write)
            forget_typed(self.person.read)
            return made, None
        if how == "w":
            return previewed, replace(yes, network=True)
        if how == "o":
            return previewed, replace(yes, confined=False)
        if previewed is None or previewed.refused:
            self._write("  There is no preview to commit.\n")
            return previewed, None
        return previewed, replace(yes, applies=previewed.preview_id)

    def _fenced(self, request: ApprovalRequested) -> bool:
        return self.previewer is not None and fence_of(request.detail) is not None

    def _can_always(self, request: ApprovalRequested) -> bool:
        rulable = isinstance(
            request.detail, (ScriptDetail, FileWriteDetail, PythonFileDetail, McpDetail, HandOverDetail)
        )
        return self.always is not None and rulable

    def _prompt(self, request: ApprovalRequested, previewed: PreviewReady | None) -> str:
        detail = request.detail
        if isinstance(detail, SpendDetail):
            return f"{self.paint.bold(question(detail))} [y]es, [n]o (Enter: no): "
        edit = "" if editable(detail) is None else "[e]dit, "
        if self.previewer is not None:
            edit += choices(detail, previewed)
        always = ", a[l]ways" if self._can_always(request) else ""
        return f"{self.paint.bold(question(detail))} [a]pprove, {edit}[r]eject{always} (Enter rejects): "

    def _line(self, prompt: str) -> str | None:
        """One line typed by the person, None at the end of input."""
        self._write(prompt)
        with self.interrupts.asking():
            line = self.person.read.readline()
        return line if line else None

    def _edit(self, detail: ApprovalDetail, text: str | None) -> str | None:
        """The text after the person's editor, shown again; `text` as it was where that did not work."""
        proposed = editable(detail) or ""
        from copilot.cli.editor import edited  # with what makes temporary folders: most runs edit nothing

        before = proposed if text is None else text
        try:
            streams = (self.person.read, self.person.write)
            after = edited(before, _suffix(detail), self.environ, self.interrupts, streams)
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            self._write(f"  The editor did not work: {visible(str(error), keep='')}\n")
            return text
        if after == before + "\n":
            after = before  # most editors end the last line; that alone is no edit
        shown = _with_text(detail, after)
        self._tell(shown)
        return None if after == proposed else after

    def _tell(self, detail: ApprovalDetail) -> None:
        self._write("".join(f"{line}\n" for line in lines_of(detail, self.paint)))

    def _write(self, text: str) -> None:
        self.person.write.write(text)
        self.person.write.flush()


def _decision(
    request: ApprovalRequested, answer: Literal["approve", "reject"], *, note: str = ""
) -> Decision:
    return Decision(request_id=request.request_id, decision=answer, note=note)


def _with_text(detail: ApprovalDetail, text: str) -> ApprovalDetail:
    if isinstance(detail, ScriptDetail):
        return replace(detail, script=text)
    if isinstance(detail, FileWriteDetail):
        return replace(detail, content=text, diff="")
    if isinstance(detail, McpDetail):
        return replace(detail, arguments=text)
    if isinstance(detail, HandOverDetail):
        return replace(detail, task=text)
    return detail


def _suffix(detail: ApprovalDetail) -> str:
    if isinstance(detail, ScriptDetail):
        return _SUFFIX[detail.shell]
    if isinstance(detail, McpDetail):
        return ".json"
    return Path(detail.path).suffix if isinstance(detail, FileWriteDetail) else ".txt"


def forget_typed(stream: TextIO) -> None:
    """Drop what was typed before the question was there to be read."""
    try:
        import termios  # not on Windows
    except ImportError:
        return
    try:
        termios.tcflush(stream.fileno(), termios.TCIFLUSH)
    except (OSError, ValueError, termios.error):
        return  # not a terminal after all: there is nothing to forget
