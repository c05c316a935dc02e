"""Where playing a session is, and how it goes on: no Dear PyGui here."""

from collections.abc import Callable

from copilot.desktop.playback.recording import MomentKind, Recording

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class Playing:
    """Of one recording; `ticks` gives seconds. `tick` moves it, once a frame."""

    def __init__(self, recording: Recording, ticks: Callable[[], float]) -> None:
        self.recording = recording
        self._ticks = ticks
        self.position = 0
        self.speed = 1.0
        self.on = False
        self._time = 0.0
        self._since = 0.0

    @property
    def time(self) -> float:
        """Seconds from the beginning, as it is played."""
        return self._time

    def tick(self) -> bool:
        """Go on as far as the time says. True while it plays."""
        if not self.on:
            return False
        now = self._ticks()
        self._time = min(self._time + (now - self._since) * self.speed, self.recording.seconds)
        self._since = now
        self.position = max(self.position, self.recording.at_time(self._time))
        if self.position >= self.recording.end:
            self.on = False
        return True

    def toggle(self) -> None:
        """Play, or pause; from the end it plays from the beginning."""
        if not self.on and self.position >= self.recording.end:
            self.go(0)
        self.on, self._since = not self.on, self._ticks()

    def go(self, position: int) -> None:
        """Be there; what plays goes on from there."""
        self.position = max(0, min(position, self.recording.end))
        self._time, self._since = self.recording.time(self.position), self._ticks()

    def go_to_time(self, seconds: float) -> None:
        """Be at a time, as by the slider."""
        self.go(self.recording.at_time(seconds))
        self._time = max(0.0, min(seconds, self.recording.seconds))

    def step(self, by: int) -> None:
        """To where the next step begins, or the one before; it pauses."""
        self._pause_at(self.recording.stop(self.position, by))

    def event(self, by: int) -> None:
        """One event on or back; it pauses."""
        self._pause_at(self.position + by)

    def moment(self, kind: MomentKind, by: int) -> bool:
        """To the next of that kind or the one before; it pauses. False where there is none."""
        found = self.recording.moment(self.position, kind, by)
        if found is None:
            return False
        self._pause_at(found)
        return True

    def faster(self, by: int) -> None:
        """The next speed, or the one before."""
        at = SPEEDS.index(self.speed) + by
        self.speed = SPEEDS[max(0, min(at, len(SPEEDS) - 1))]

    def _pause_at(self, position: int) -> None:
        self.on = False
        self.go(position)
