"""What waits to be told to one torn-off panel: bounded, so that a slow one costs the window nothing.

The main thread puts in, the panel's thread takes out. Neighbouring pieces of text are joined; when too much
waits, all of it is dropped for one fresh snapshot of the state.
"""

import threading
from collections import deque
from dataclasses import fields

from copilot.desktop.torn.messages import Facts, Happened, Patched, Snapshot, ToPanel
from copilot.desktop.view_state import ViewState
from copilot.vocabulary.bare import bare
from copilot.vocabulary.events import Event, ProjectChanged, TextDelta, ThinkingDelta, ToolOutput
from copilot.vocabulary.joining import joined

_FIELDS = tuple(one.name for one in fields(ViewState) if one.compare)

MOST_WAITING = 2_000
MOST_CHARACTERS = 4_000_000
"""Beyond either of them a snapshot costs less than what waits."""


class Feed:
    """The first thing that comes out of it is a snapshot of `state`."""

    def __init__(self, state: ViewState) -> None:
        self._changed = threading.Condition()
        self._snapshot: ViewState | None = state
        self._waiting: deque[ToPanel] = deque()
        self._characters = 0
        self._over = False

    def happened(self, event: Event, after: ViewState) -> None:
        """One more event, which took the window to the state `after`."""
        # The panel has the messages of the project already.
        self._put(Happened(event=bare(event) if isinstance(event, ProjectChanged) else event), after)

    def changed(self, before: ViewState, after: ViewState) -> None:
        """The window changed its state without an event."""
        names = tuple(n for n in _FIELDS if getattr(before, n) is not getattr(after, n))
        if names:
            parts = ViewState(**{name: getattr(after, name) for name in names})
            self._put(Patched(names=names, state=parts), after)

    def put(self, message: ToPanel, after: ViewState) -> None:
        """Anything else that is to be told."""
        self._put(message, after)

    def end(self) -> None:
        """Nothing more will come: `take` gives nothing once the rest is taken."""
        with self._changed:
            self._over = True
            self._changed.notify()

    def take(self) -> tuple[ToPanel, ...]:
        """All that waits; waits for something itself. Empty at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._snapshot is not None or self._waiting)
            found = tuple(self._waiting)
            if self._snapshot is not None:
                found = (Snapshot(state=self._snapshot), *found)
            self._snapshot = None
            self._waiting.clear()
            self._characters = 0
            return found

    def _put(self, message: ToPanel, after: ViewState) -> None:
        with self._changed:
            if self._over:
                return
            if self._snapshot is not None and isinstance(message, Happened | Patched):
                self._snapshot = after  # which holds it
                return
            self._append(message)
            if len(self._waiting) > MOST_WAITING or self._characters > MOST_CHARACTERS:
                others = [one for one in self._waiting if not isinstance(one, Happened | Patched)]
                self._waiting = deque(others[-MOST_WAITING // 2 :])
                self._characters = 0
                self._snapshot = after
            self._changed.notify()

    def _append(self, message: ToPanel) -> None:
        last = self._waiting[-1] if self._waiting else None
        if isinstance(message, Happened):
            self._characters += _length(message.event)
            if isinstance(last, Happened) and (event := joined(last.event, message.event)) is not None:
                self._waiting[-1] = Happened(event=event)
                return
        elif isinstance(message, Facts) and isinstance(last, Facts):
            self._waiting.pop()  # only the newest count
        self._waiting.append(message)


def _length(event: Event) -> int:
    return len(event.text) if isinstance(event, TextDelta | ThinkingDelta | ToolOutput) else 1_000
