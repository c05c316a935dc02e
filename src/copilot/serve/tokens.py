"""Who may come in: tokens of 256 random bits, of which only the SHA-256 is kept (`state/serve/users.json`).

A fast hash is enough for them: nobody tries 2^256 words. The token itself is shown once, when it is made.
"""

import hashlib
import hmac
import json
import math
import secrets
import stat
import sys
from base64 import b32encode
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from copilot.serve.contract import Limits, User
from copilot.serve.names import user_flaw
from copilot.storage.atomic import write_atomic
from copilot.storage.disk import SYSTEM_DISK, Disk, make_folder, storage_error
from copilot.storage.locks import hold
from copilot.vocabulary.codec import from_json, to_json
from copilot.vocabulary.errors import ConfigError, CopilotError
from copilot.vocabulary.frozen import field, frozen, names_of, replace
from copilot.vocabulary.messages import JsonValue

NOBODY = "nobody"
"""Whose audit log holds what came without a right token; no user is called that."""

DAY_SECONDS = 86_400.0
MOST_TOKENS = 1_000
_PREFIX = "copilot_"
"""So that those who look for secrets in files know one."""

_SECRET_BYTES, _ID_BYTES = 32, 5
_LOCK_SECONDS = 5.0
_VERSION = 1
_HINT = "Move the file away and add the users anew: copilot serve users add NAME"


@frozen
class Token:
    """What is kept of a token. `id` is eight capitals and digits; times are UTC seconds, None: no end."""

    id: str
    user: str
    sha256: str
    made_at: float
    expires_at: float | None = None

    def is_over(self, at: float) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and at >= self.expires_at


@frozen
class Account:
    """A user; `limits` are those of `contract.Limits` that were set for them, by name."""

    name: str
    limits: Mapping[str, JsonValue] = field(default_factory=dict[str, JsonValue])

    @property
    def user(self) -> User:
        """The user with all limits."""
        return User(name=self.name, limits=_limits(self.limits))


@frozen
class Roll:
    """All users and tokens, as the file had them."""

    accounts: tuple[Account, ...] = ()
    tokens: tuple[Token, ...] = ()

    def admit(self, presented: str, at: float) -> Token | None:
        """The token that these words are, None for a wrong or expired one; as quick in every case."""
        digest = hashlib.sha256(presented.encode()).hexdigest()
        found: Token | None = None
        for one in self.tokens:
            if hmac.compare_digest(one.sha256, digest):
                found = one
        return None if found is None or found.is_over(at) else found

    def user(self, name: str) -> User:
        """The user of this name. Raises LookupError."""
        return next(one.user for one in self.accounts if one.name == name)

    def valid(self, at: float) -> dict[str, str]:
        """The tokens that let somebody in now: id to user."""
        return {one.id: one.user for one in self.tokens if not one.is_over(at)}


class UsersFile:
    """The file, read anew each time. Everything raises StorageError, and ConfigError for a file that cannot
    be understood: it admits nobody and is not written over."""

    def __init__(self, folder: Path, *, disk: Disk = SYSTEM_DISK) -> None:
        self.path = folder / "users.json"
        self._disk = disk

    def read(self) -> Roll:
        """All that is known; nobody where there is no file."""
        try:
            if sys.platform != "win32" and stat.S_IMODE(self.path.stat().st_mode) & 0o022:
                raise ConfigError(f"others may write to {self.path}: it admits nobody", _HINT)
            data = self.path.read_bytes()
        except FileNotFoundError:
            return Roll()
        except OSError as error:
            raise storage_error("reading", self.path, error) from error
        try:
            return _roll(data)
        except (ValueError, LookupError, TypeError, AttributeError, CopilotError) as error:
            raise ConfigError(f"{self.path} cannot be understood: it admits nobody", _HINT) from error

    def add(self, name: str, days: float | None, at: float) -> tuple[str, Token]:
        """A new token of this user, who may be new, and what is kept of it. Raises ConfigError for a name."""
        if flaw := "it stands for strangers" if name == NOBODY else user_flaw(name):
            raise ConfigError(f"nobody can be called {name!r}: {flaw}", "Choose another name.")
        secret = _PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        made = Token(
            id=b32encode(secrets.token_bytes(_ID_BYTES)).decode(),
            user=name,
            sha256=hashlib.sha256(secret.encode()).hexdigest(),
            made_at=at,
            expires_at=None if days is None else at + days * DAY_SECONDS,
        )

        def with_it(roll: Roll) -> Roll:
            if len(roll.tokens) >= MOST_TOKENS:
                raise ConfigError(f"there are {MOST_TOKENS:,} tokens already", "Revoke those not used.")
            known = any(one.name == name for one in roll.accounts)
            accounts = roll.accounts if known else (*roll.accounts, Account(name=name))
            return replace(roll, accounts=accounts, tokens=(*roll.tokens, made))

        self._change(with_it)
        return secret, made

    def revoke(self, named: str) -> tuple[Token, ...]:
        """Take away the token of this id, or all of this user's; which those were."""
        gone: list[Token] = []

        def without(roll: Roll) -> Roll:
            gone[:] = [one for one in roll.tokens if named in (one.id, one.user)]
            return replace(roll, tokens=tuple(one for one in roll.tokens if one not in gone))

        self._change(without)
        return tuple(gone)

    def limit(self, name: str, changes: Mapping[str, JsonValue]) -> Limits:
        """Set some of a user's limits; what holds then. Raises ConfigError for a user or a value."""
        found: list[Limits] = []

        def limited(roll: Roll) -> Roll:
            account = next((one for one in roll.accounts if one.name == name), None)
            if account is None:
                raise ConfigError(f"there is no user {name!r}", f"copilot serve users add {name}")
            new = replace(account, limits={**account.limits, **changes})
            found.append(new.user.limits)
            return replace(roll, accounts=tuple(new if one is account else one for one in roll.accounts))

        self._change(limited)
        return found[0]

    def _change(self, change: Callable[[Roll], Roll]) -> None:
        make_folder(self.path.parent)
        with hold(self.path.with_suffix(".lock"), wait_seconds=_LOCK_SECONDS):
            before = self.read()
            after = change(before)
            if after != before:
                write_atomic(self.path, _written(after), disk=self._disk)


class Register:
    """The file as a server sees it: read anew when it changed, and empty while it cannot be read."""

    def __init__(self, file: UsersFile, complain: Callable[[str], None]) -> None:
        self._file = file
        self._complain = complain
        self._seen: tuple[int, ...] | None = None
        self._roll = Roll()

    def roll(self) -> Roll:
        """What holds now."""
        seen = _mark(self._file.path)
        if seen != self._seen:
            try:
                self._roll = self._file.read()
            except CopilotError as error:
                self._roll = Roll()
                self._complain(str(error))
            self._seen = seen
        return self._roll


def limits_flaw(values: Mapping[str, JsonValue]) -> str:
    """Why these are no limits; "" where they are some."""
    for name, value in values.items():
        if name not in names_of(Limits):
            return f"there is no limit {name!r}"
        number = value if isinstance(value, int | float) and not isinstance(value, bool) else math.nan
        free = name == "day_usd" and value is None
        if not free and not 0 <= number < math.inf:
            return f"{name} takes a number from 0 on"
    return ""


def _limits(values: Mapping[str, JsonValue]) -> Limits:
    if flaw := limits_flaw(values):
        raise ConfigError(flaw, "copilot serve users limits --help")
    return cast(Limits, from_json({"type": "Limits", **values}, Limits))


def _mark(path: Path) -> tuple[int, ...]:
    """What changes when the file does; it is replaced as a whole."""
    try:
        found = path.stat()
    except OSError as error:
        return (error.errno or 0,)
    return found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode


def _roll(data: bytes) -> Roll:
    told = cast(dict[str, Any], json.loads(data))
    if told["version"] != _VERSION:
        raise ValueError("another version")
    roll = Roll(
        accounts=cast(tuple[Account, ...], from_json(told["users"], tuple[Account, ...])),
        tokens=cast(tuple[Token, ...], from_json(told["tokens"], tuple[Token, ...])),
    )
    names = {one.name for one in roll.accounts if one.user and not user_flaw(one.name)}
    if any(one.user not in names or len(one.sha256) != 64 for one in roll.tokens):
        raise ValueError("a token of nobody")
    return roll


def _written(roll: Roll) -> bytes:
    told = {"version": _VERSION, "users": to_json(roll.accounts), "tokens": to_json(roll.tokens)}
    return json.dumps(told, indent=1).encode()
