"""The keys of one run: those that were found, and those that the person enters and forgets meanwhile.

All who need keys hold this one value and look anew each time, so a key that was just entered is used by the
next request and taken out of everything from then on. A key that was forgotten is still a secret: it stays
among the values to be taken out until the program ends.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Literal

from copilot.assembly.keys import Key, KeyPlace, Keys, entered, keys_in_environment, keys_in_file, sendable
from copilot.assembly.keys_file import put_line, take_lines
from copilot.assembly.keys_vault import Vault
from copilot.projects.home import Home
from copilot.providers.catalog import KEY_VARIABLES
from copilot.storage.atomic import write_atomic
from copilot.vocabulary.errors import ConfigError, StorageError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ProviderName

Keep = Literal["keyring", "session", "file"]
KEYRING_WORDS = "the system's keyring"
SESSION_WORDS = "entered in this session"
NOTED = "keyring.json"
"""In the state: for which providers the keyring has a key."""


@frozen
class KeyState:
    """What is known of one provider's key. `source` says where it comes from, "" where there is none.

    `also` are further places that hold one which is not used.
    """

    provider: ProviderName
    source: str = ""
    place: KeyPlace | None = None
    also: tuple[KeyPlace, ...] = ()


@frozen
class Forgotten:
    """What `forget` took away, for `restore`: the value at each place."""

    provider: ProviderName
    places: tuple[tuple[Keep, str], ...]

    def __repr__(self) -> str:
        return f"Forgotten({self.provider!r}, {[place for place, _ in self.places]})"


class HeldKeys:
    """A collection of every key's value; any thread may use it.

    `get` and `states` say what is known by now and never wait. What touches the keyring or a file may wait,
    and is not for the window's thread: `find`, `look`, `enter`, `forget`, `restore`.
    Raises ConfigError where a key in the environment or in the `.env` cannot be used.
    """

    def __init__(self, environ: Mapping[str, str], home: Home, vault: Vault) -> None:
        self._environment = keys_in_environment(environ)
        self._file = Keys(by_provider={})
        self._home = home
        self._vault = vault
        self._lock = threading.RLock()
        self._asking = threading.Lock()
        self._told: list[Callable[[str], None]] = []
        self._session: dict[ProviderName, Key] = {}
        self._keyring: dict[ProviderName, Key | None] = {}
        self._values: dict[str, None] = {}
        self._trouble: str | None = None
        self._noted = _noted(home)
        self._read_files()

    def __iter__(self) -> Iterator[str]:
        return iter(self.values())

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def __repr__(self) -> str:
        return f"HeldKeys({[state.provider for state in self.states() if state.source]})"

    def values(self) -> tuple[str, ...]:
        """Every value that was ever held in this run, for redaction."""
        with self._lock:
            return tuple(self._values)

    def tell(self, told: Callable[[str], None]) -> None:
        """Have `told` called with each value that comes in from now on, before anything can use it."""
        self._told.append(told)

    @property
    def keyring_trouble(self) -> str | None:
        """Why the keyring does not work, "" where it does; None before anybody looked."""
        return self._trouble

    def get(self, provider: ProviderName) -> Key | None:
        """The provider's key as far as it is known without the keyring being asked."""
        with self._lock:
            return next((key for key in self._all(provider)), None)

    def states(self) -> tuple[KeyState, ...]:
        """What is known of each provider that takes a key."""
        with self._lock:
            return tuple(self._state(provider) for provider in KEY_VARIABLES)

    def find(self, provider: ProviderName) -> Key | None:
        """The provider's key, from the keyring where nothing before it has one. May take long.

        A service that may want none asks the keyring only where one is known to be there. Raises ConfigError
        for a keyring entry that cannot be sent.
        """
        key = self.get(provider)
        if key is not None or provider not in KEY_VARIABLES:
            return key
        if provider == "compatible" and provider not in self._noted:
            return None
        with self._asking:
            if provider not in self._keyring:
                self._ask(provider)
        return self.get(provider)

    def find_noted(self) -> None:
        """Ask the keyring for every key that it is known to have, so that it is taken out. May take long."""
        for provider in KEY_VARIABLES:
            if provider in self._noted:
                with suppress(ConfigError):  # a key that cannot be read is in no text either
                    self.find(provider)

    def look(self) -> tuple[KeyState, ...]:
        """Look at all places anew, the keyring too. May take long; never raises for the keyring."""
        with self._asking:
            self._read_files()
            trouble = self._vault.trouble()
            self._trouble = trouble
            for provider in KEY_VARIABLES:
                if trouble:
                    break
                try:
                    self._ask(provider)
                except ConfigError as error:
                    self._trouble = trouble = str(error)
        return self.states()

    def enter(self, provider: ProviderName, words: str, keep: Keep) -> str:
        """Take what the person typed as the provider's key, and say where it is now.

        Of the places that are ours it is the first one that has a key. Raises ConfigError for what is no key
        and for a keyring that does not work, StorageError; then everything is as before.
        """
        value = entered(provider, words)
        self._learn(value)
        with self._asking:
            match keep:
                case "keyring":
                    self._vault.write(provider, value)
                    self._trouble = ""
                    self._note(provider, _in_keyring(value))
                case "file":
                    put_line(self._home.env_file, KEY_VARIABLES[provider][0], value)
                case "session":
                    pass
            with self._lock:
                self._session.pop(provider, None)
                if keep == "session":
                    self._session[provider] = _of_session(value)
            moved = keep == "keyring" and take_lines(self._home.env_file, KEY_VARIABLES[provider])
            self._read_files()
        return self._kept_words(provider, keep, moved=moved)

    def forget(self, provider: ProviderName) -> Forgotten:
        """Take the provider's key out of every place of ours; the environment is not. Raises ConfigError and
        StorageError."""
        with self._asking:
            places: list[tuple[Keep, str]] = []
            names = KEY_VARIABLES[provider]
            self._read_files()
            in_file = self._file.get(provider)
            if self._keyring.get(provider) is None and not self._trouble:
                self._ask(provider)
            kept = self._keyring.get(provider)
            if kept is not None:
                self._vault.remove(provider)
                self._note(provider, None)
                places.append(("keyring", kept.value))
            if in_file is not None:
                take_lines(self._home.env_file, names)
                places.append(("file", in_file.value))
            with self._lock:
                session = self._session.pop(provider, None)
            if session is not None:
                places.append(("session", session.value))
            self._read_files()
        return Forgotten(provider=provider, places=tuple(places))

    def restore(self, gone: Forgotten) -> None:
        """Undo `forget`. Raises ConfigError and StorageError."""
        for keep, value in gone.places:
            with self._asking:
                match keep:
                    case "keyring":
                        self._vault.write(gone.provider, value)
                        self._note(gone.provider, _in_keyring(value))
                    case "file":
                        put_line(self._home.env_file, KEY_VARIABLES[gone.provider][0], value)
                    case "session":
                        with self._lock:
                            self._session[gone.provider] = _of_session(value)
                self._read_files()

    def _kept_words(self, provider: ProviderName, keep: Keep, *, moved: bool) -> str:
        words = {
            "keyring": "Kept in the system's keyring.",
            "session": "Held for this session only: it is gone when the program ends.",
            "file": f"Kept in plain text in {self._home.env_file}, which only you can read.",
        }[keep]
        if moved:
            words += f" The one in {self._home.env_file} was taken out: it would have come first."
        if (key := self.get(provider)) is not None and key.place == "environment":
            words += f" The environment has another one in {key.source.split()[0]}, and that one is used."
        return words

    def _ask(self, provider: ProviderName) -> None:
        """Read the keyring's entry. The caller holds `_asking`."""
        try:
            value = self._vault.read(provider)
            self._trouble = ""
        except ConfigError as error:  # asked again the next time: it may have been unlocked
            self._trouble = str(error)
            return
        key = None
        if value:
            self._learn(value)
            key = _in_keyring(sendable(value.strip(), f"{KEYRING_WORDS} for {provider}"))
        self._note(provider, key)

    def _note(self, provider: ProviderName, key: Key | None) -> None:
        """What the keyring has for a provider now; that it has one is remembered for the next start."""
        with self._lock:
            self._keyring[provider] = key
            noted = self._noted - {provider} if key is None else self._noted | {provider}
            if noted != self._noted:
                self._noted = noted
                with suppress(OSError, StorageError):  # losing it costs a look
                    self._home.state.mkdir(mode=0o700, parents=True, exist_ok=True)
                    write_atomic(self._home.state / NOTED, json.dumps(sorted(noted)).encode())

    def _read_files(self) -> None:
        found = keys_in_file(self._home)
        for value in (*self._environment.values(), *found.values()):
            self._learn(value)
        with self._lock:
            self._file = found

    def _learn(self, value: str) -> None:
        with self._lock:
            if value in self._values:
                return
            self._values[value] = None
            for told in self._told:
                told(value)

    def _all(self, provider: ProviderName) -> Iterator[Key]:
        """The provider's keys, the one that is used first."""
        for place in (self._environment, self._session, self._file, self._keyring):
            if (key := place.get(provider)) is not None:
                yield key

    def _state(self, provider: ProviderName) -> KeyState:
        found = tuple(self._all(provider))
        if not found:
            return KeyState(provider=provider)
        also: tuple[KeyPlace, ...] = tuple(key.place for key in found[1:])
        return KeyState(provider=provider, source=found[0].source, place=found[0].place, also=also)


def _in_keyring(value: str) -> Key:
    return Key(value=value, source=KEYRING_WORDS, place="keyring")


def _of_session(value: str) -> Key:
    return Key(value=value, source=SESSION_WORDS, place="session")


def _noted(home: Home) -> frozenset[str]:
    try:
        return frozenset(map(str, json.loads((home.state / NOTED).read_bytes())))
    except (OSError, ValueError, TypeError):
        return frozenset()
