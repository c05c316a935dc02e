"""Notifications of the desktop: what waits for the person while the window is not in front.

What is said goes to the system's own program as arguments or environment, never as code.
"""

import subprocess
from collections.abc import Callable, Mapping
from html import escape
from typing import Literal

from copilot.desktop import text
from copilot.shell.programs import find_program
from copilot.vocabulary import events as e
from copilot.vocabulary.frozen import frozen

SECONDS = 5.0
"""How long a notifying program may take; it is ended then."""

_MACOS = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"

_WINDOWS = (
    "[void][Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType=Windows"
    "Runtime];"
    "$x=[Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent("
    "[Windows.UI.Notifications.ToastTemplateType]::ToastText02);"
    "$t=$x.GetElementsByTagName('text');"
    "[void]$t.Item(0).AppendChild($x.CreateTextNode($env:COPILOT_TITLE));"
    "[void]$t.Item(1).AppendChild($x.CreateTextNode($env:COPILOT_WORDS));"
    "[Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier('Copilot').Show("
    "[Windows.UI.Notifications.ToastNotification]::new($x))"
)
"""For Windows PowerShell, which still has WinRT types; from the documentation of ToastNotificationManager."""


@frozen(kw_only=False)
class Told:
    """What a notification says; `urgent` is what waits for an answer."""

    title: str
    words: str
    urgent: bool = False


def worth_telling(event: e.Event, project: str) -> Told | None:
    """What an event makes the person wait for or want to know; None for all others."""
    where = text.one_line(project, 60) or "Copilot"
    match event:
        case e.ApprovalRequested(verdict="ask", tool=tool, branch=branch):
            what = text.one_line(tool or "A cost", 40)
            words = f"{what} on {text.one_line(branch, 40)}"
            return Told(f"{where}: your approval is needed", words, urgent=True)
        case e.TurnFinished(branch=branch):
            return Told(f"{where}: the answer is there", f"On {text.one_line(branch, 40)}")
        case e.TurnFailed(branch=branch, message=message):
            said = text.one_line(message, 120)
            return Told(f"{where}: the turn failed", f"{text.one_line(branch, 40)}: {said}")
        case _:
            return None


class Notifier:
    """One per window. `find` looks a program up (`find_program`); `environ` is what it is started with."""

    def __init__(
        self,
        platform: str,
        environ: Mapping[str, str],
        find: Callable[[str], str | None] = find_program,
    ) -> None:
        self._platform = platform
        self._environ = dict(environ)
        self._find = find

    def tell(self, told: Told) -> bool:
        """Show a notification; False where this system has no way. May take a second: not the main thread."""
        found = self._command(told)
        if found is None:
            return False
        argv, more = found
        try:
            done = subprocess.run(
                argv,
                env=self._environ | more,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def _command(self, told: Told) -> tuple[list[str], dict[str, str]] | None:
        kind: Literal["osascript", "powershell", "notify-send"]
        if self._platform == "darwin":
            kind = "osascript"
        elif self._platform == "win32":
            kind = "powershell"
        else:
            kind = "notify-send"
        program = self._find(kind)
        if program is None:
            return None
        match kind:
            case "osascript":
                return [program, "-e", _MACOS, told.title, told.words], {}
            case "powershell":
                said = {"COPILOT_TITLE": told.title, "COPILOT_WORDS": told.words}
                return [program, "-NoProfile", "-NonInteractive", "-Command", _WINDOWS], said
            case "notify-send":
                # The body may hold markup (Desktop Notifications Specification), so it is escaped.
                return [program, "--app-name=Copilot", "--", told.title, escape(told.words, quote=False)], {}
