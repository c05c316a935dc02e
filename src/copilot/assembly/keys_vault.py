"""The system's keyring: Windows' credentials, the Mac's keychain, the Secret Service or KWallet elsewhere.

Looking at it may start a service, ask the person to unlock it and take many seconds, so every call is made on
a thread of its own and given up after a while. Never call it on the window's thread. The back end is chosen
here by its class: what the environment or a file of the keyring library names may be anything.
"""

from _thread import allocate_lock  # `threading` is loaded with the first call
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from copilot.vocabulary.errors import ConfigError

if TYPE_CHECKING:
    import threading

SERVICE = "copilot"
"""What our entries are filed under; the name of each is its provider's."""

PATIENCE_SECONDS = 60.0
"""How long a call may take: a person may have to type the password that unlocks the keyring."""

_BACK_ENDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "win32": (("keyring.backends.Windows", "WinVaultKeyring"),),
    "darwin": (("keyring.backends.macOS", "Keyring"),),
}
_ELSEWHERE = (("keyring.backends.SecretService", "Keyring"), ("keyring.backends.kwallet", "DBusKeyring"))
_SWITCH = "PYTHON_KEYRING_BACKEND"
_SWITCHED_OFF = ("keyring.backends.null.", "keyring.backends.fail.")

T = TypeVar("T")


class Vault(Protocol):
    """Keeps secrets by name. Each call raises ConfigError where it cannot be done; that names no secret."""

    def trouble(self) -> str:
        """Why nothing can be kept here; "" where it works. The other calls may be made either way."""
        ...

    def read(self, name: str) -> str | None:
        """The secret, None where there is none."""
        ...

    def write(self, name: str, secret: str) -> None:
        """Keep it, in the place of an older one."""
        ...

    def remove(self, name: str) -> None:
        """Forget it; nothing happens where there is none."""
        ...


class NoVault:
    """Where no keyring is to be touched: it keeps nothing and has nothing."""

    def trouble(self) -> str:
        """Never works."""
        return "the system's keyring is not used here"

    def read(self, name: str) -> str | None:
        """Has nothing."""
        del name

    def write(self, name: str, secret: str) -> None:
        """Raises ConfigError."""
        del name, secret
        raise ConfigError(self.trouble())

    def remove(self, name: str) -> None:
        """There is nothing to forget."""
        del name


class SystemVault:
    """The keyring of the platform, or the first of `back_ends` (module, class) that works.

    The library is imported with the first call.
    """

    def __init__(
        self,
        platform: str,
        environ: Mapping[str, str],
        *,
        back_ends: tuple[tuple[str, str], ...] | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._back_ends = _BACK_ENDS.get(platform, _ELSEWHERE) if back_ends is None else back_ends
        self._switched_off = environ.get(_SWITCH, "").startswith(_SWITCHED_OFF)
        self._patience = patience_seconds
        self._one = allocate_lock()
        self._hanging: threading.Thread | None = None
        self._found: tuple[Any, str] | None = None

    def trouble(self) -> str:
        """Why it does not work; "" where it does."""
        try:
            return self._asked(lambda: self._back_end()[1])
        except ConfigError as error:
            return str(error)

    def read(self, name: str) -> str | None:
        """See `Vault`."""
        return cast(str | None, self._asked(lambda: self._working().get_password(SERVICE, name)))

    def write(self, name: str, secret: str) -> None:
        """See `Vault`."""
        self._asked(lambda: self._working().set_password(SERVICE, name, secret))

    def remove(self, name: str) -> None:
        """See `Vault`."""

        def work() -> None:
            back_end = self._working()
            if back_end.get_password(SERVICE, name) is not None:
                back_end.delete_password(SERVICE, name)

        self._asked(work)

    def _working(self) -> Any:
        back_end, trouble = self._back_end()
        if trouble:
            raise ConfigError(trouble)
        return back_end

    def _back_end(self) -> tuple[Any, str]:
        if self._found is None or self._found[1]:  # what does not work may work later
            self._found = self._choose()
        return self._found

    def _choose(self) -> tuple[Any, str]:
        """The back end that works here, or why there is none."""
        if self._switched_off:
            return None, f"the system's keyring is switched off by {_SWITCH}"
        why = ""
        for module, name in self._back_ends:
            try:
                kind = getattr(import_module(module), name)
                if kind.priority > 0:
                    return kind(), ""
            except ImportError:
                why = why or "the keyring library is not installed"
            except RuntimeError as error:  # what the library raises for a back end that is of no use here
                why = why or str(error)
        return None, f"the system's keyring does not work here: {why}"

    def _asked(self, work: Callable[[], T]) -> T:
        """What `work` gives, from a thread of its own. Raises ConfigError, also where it takes too long."""
        import threading
        from queue import Empty, SimpleQueue

        answer: SimpleQueue[Callable[[], T]] = SimpleQueue()

        def run() -> None:
            try:
                result = work()
            except ConfigError as error:
                answer.put(_raiser(error))
            except Exception as error:  # libraries of several systems raise what they like
                answer.put(_raiser(ConfigError(f"the system's keyring failed: {type(error).__name__}")))
            else:
                answer.put(lambda: result)

        with self._one:
            if self._hanging is not None and self._hanging.is_alive():
                raise ConfigError("the system's keyring still does not answer", "Unlock it, then try again.")
            self._hanging = thread = threading.Thread(target=run, name="keyring", daemon=True)
            thread.start()
            try:
                give = answer.get(timeout=self._patience)
            except Empty:
                raise ConfigError(
                    f"the system's keyring did not answer in {self._patience:g} s",
                    "Unlock it, then try again.",
                ) from None
            thread.join()
        return give()


def _raiser(error: ConfigError) -> Callable[[], Any]:
    def give() -> Any:
        raise error

    return give
