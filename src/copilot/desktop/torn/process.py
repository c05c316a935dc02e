"""The process of one torn-off panel, as the window sees it: started, told, heard and taken down.

Three threads, so that nothing here ever holds up the main one: what is told goes out on the first, what is
heard comes in on the second, and the third waits for the end of the process.
"""

import contextlib
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from copilot.desktop.looks import Dress
from copilot.desktop.torn.feed import Feed
from copilot.desktop.torn.messages import Leave, Place, Start, ToWindow, read_to_window
from copilot.desktop.torn.pipe import Door, Pipe, PipeEndedError
from copilot.desktop.torn.wire import WireError, write
from copilot.shell.own_python import own_environment, own_python
from copilot.vocabulary.frozen import frozen

START_SECONDS = 30.0
"""A start takes half a second; a machine under load may take ten."""

LAST_SECONDS = 1.0
"""How long a panel that was told to go may take before it is ended."""

_PASSED = frozenset(
    (
        *("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE"),
        *("HOME", "USERPROFILE", "PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH", "PYTHONHOME"),
        *("TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LANGUAGE", "XMODIFIERS", "XCURSOR_THEME", "XCURSOR_SIZE"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("LIBGL_ALWAYS_SOFTWARE", "LIBGL_DRIVERS_PATH", "GALLIUM_DRIVER", "MESA_LOADER_DRIVER_OVERRIDE"),
        *("__GLX_VENDOR_LIBRARY_NAME", "__NV_PRIME_RENDER_OFFLOAD", "DRI_PRIME"),
    )
)
"""Variables that a native window may need. Keys and all else that the person has set stay here."""


@frozen
class Gone:
    """The process of a panel is over. `why` says what was wrong with what it sent; else empty."""

    why: str = ""


Heard = ToWindow | Gone


def clean_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What a panel's process gets of the environment."""
    return {
        name: value for name, value in environ.items() if name.upper() in _PASSED or name.startswith("LC_")
    }


class PanelProcess:
    """`hear` is called on a thread of its own and may wait; the last thing it hears is `Gone`."""

    def __init__(
        self,
        panel: str,
        feed: Feed,
        *,
        home: Path,
        server: str = "",
        own_home: Path | None = None,
        place: Place | None,
        dress: Dress,
        hear: Callable[[Heard], None],
        environ: Mapping[str, str],
        module: str,
    ) -> None:
        self._panel, self._feed, self._home = panel, feed, home
        self._server, self._own_home = server, own_home
        self._place, self._dress = place, dress
        self._hear = hear
        self._environ = environ
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Pipe | None = None
        self._door: Door | None = None
        self._ending = threading.Event()
        self.over = threading.Event()
        threading.Thread(target=self._run, name=f"torn off: {panel}", daemon=True).start()

    @property
    def pid(self) -> int | None:
        """The process, once there is one."""
        return self._process.pid if self._process is not None else None

    def end(self) -> None:
        """Let it go: at once where it listens, within a second where it does not. Never waits."""
        self._feed.end()
        if not self._ending.is_set():
            self._ending.set()
            threading.Thread(target=self._make_sure, daemon=True).start()

    def kill(self) -> None:
        """End it now."""
        self._feed.end()
        with contextlib.suppress(OSError):
            if self._process is not None:
                self._process.kill()

    def _run(self) -> None:
        why = ""
        try:
            self._tell(self._start())
        except (OSError, PipeEndedError) as error:
            why = str(error) if self._pipe is None else ""
        if self._pipe is None:  # nobody listens, so it is told here
            self.kill()
            self._hear(Gone(why=why))

    def _start(self) -> list[bytes]:
        """Start it; what it is to be told first."""
        self._door = Door()
        start = Start(
            panel=self._panel,
            address=self._door.address,
            key=self._door.key.hex(),
            home=str(self._home),
            place=self._place,
            dress=self._dress,
            server=self._server,
            own_home="" if self._own_home is None else str(self._own_home),
        )
        try:
            self._process = subprocess.Popen(
                own_python("-m", self._module),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                cwd=self._home,
                env=own_environment(clean_environment(self._environ)),
            )
        except OSError:
            self._door.shut()
            self._door.remove()
            raise
        threading.Thread(target=self._wait, name=f"end of {self._panel}", daemon=True).start()
        if self._ending.is_set():
            self.kill()
        timer = threading.Timer(START_SECONDS, self._door.shut)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdin is not None
            with self._process.stdin as told:
                told.write(write(start))
            # The state of a long discussion takes a while to write, and so does the start of a process.
            first = [write(message) for message in self._feed.take()]
            self._pipe = self._door.open()
        finally:
            timer.cancel()
        threading.Thread(target=self._listen, name=f"heard from {self._panel}", daemon=True).start()
        return first

    def _tell(self, first: list[bytes]) -> None:
        assert self._pipe is not None
        for line in first:
            self._pipe.send(line)
        while messages := self._feed.take():
            for message in messages:
                self._pipe.send(write(message))
        self._pipe.send(write(Leave()))

    def _listen(self) -> None:
        assert self._pipe is not None
        why = ""
        try:
            while True:
                self._hear(read_to_window(self._pipe.receive()))
        except PipeEndedError:
            pass
        except WireError as error:
            why = str(error)
            self.kill()
        self.end()
        self.over.wait()
        self._pipe.close()
        self._hear(Gone(why=why))

    def _wait(self) -> None:
        assert self._process is not None
        assert self._door is not None
        self._process.wait()
        self.over.set()
        self._feed.end()
        self._door.shut()

    def _make_sure(self) -> None:
        if self._process is not None and not self.over.wait(LAST_SECONDS):
            self.kill()
