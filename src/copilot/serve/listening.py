"""Where the server listens: a Unix socket that only its owner can reach, a loopback port, or beyond with TLS.

What is refused is refused before anything is bound. A name is resolved once, and what it meant then is bound.
"""

import contextlib
import errno
import ipaddress
import os
import socket
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from copilot.serve.certificate import Certificate
from copilot.storage.disk import make_folder
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import frozen

SOCKET_NAME = "copilot.sock"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""What a client on this machine may call the server in its Host header."""

_BACKLOG = 128
_LONGEST_SOCKET = 103
"""Bytes of a socket's path: `sun_path` has room for 104 with its zero on macOS, 108 on Linux."""

_ANSWER_SECONDS = 1.0
_TLS_HINT = "Beyond this machine: copilot serve --host NAME --port N --tls-cert FILE --tls-key FILE"


@frozen
class Wanted:
    """What the person asked for. Without a `port` it is a Unix socket, `at` or in the folder of the server.

    `names` are those by which others call the server, beside the loopback ones.
    """

    folder: Path
    port: int | None = None
    host: str = "127.0.0.1"
    at: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    names: tuple[str, ...] = ()


@frozen
class Listening:
    """Bound sockets. `urls` is what a client is given; `hosts` are the names that a Host header may have."""

    sockets: tuple[socket.socket, ...]
    urls: tuple[str, ...]
    hosts: frozenset[str]
    tls: Certificate | None
    path: Path | None = None
    inode: int = 0

    def close(self) -> None:
        """Stop listening. The socket's file goes, unless another one has its place by now."""
        for one in self.sockets:
            one.close()
        if self.path is not None:
            with contextlib.suppress(OSError):
                if self.path.lstat().st_ino == self.inode:
                    self.path.unlink()


def listen(wanted: Wanted) -> Listening:
    """Bind what is wanted. Raises ConfigError where it may not or cannot be."""
    if wanted.port is None:
        return _on_a_file(wanted)
    if (wanted.certificate is None) != (wanted.key is None):
        raise ConfigError("--tls-cert and --tls-key go together", _TLS_HINT)
    addresses = _addresses(wanted.host, wanted.port)
    beyond = not all(_is_loopback(place[0]) for _, place in addresses)
    if beyond and wanted.certificate is None:
        raise ConfigError(
            f"{wanted.host} is beyond this machine: nothing listens there without TLS", _TLS_HINT
        )
    everywhere = any(
        ipaddress.ip_address(place[0].partition("%")[0]).is_unspecified for _, place in addresses
    )
    if everywhere and not wanted.names:
        raise ConfigError("others have to call this machine by a name", "Say which: --name team.example.org")
    pair = wanted.certificate, wanted.key
    tls = None if pair[0] is None or pair[1] is None else Certificate(pair[0], pair[1])
    sockets = _bound(addresses)
    port: int = sockets[0].getsockname()[1]
    scheme = "http" if tls is None else "https"
    names = tuple(name.lower() for name in wanted.names)
    own = (_in_brackets(wanted.host.lower()), *(_in_brackets(str(place[0])) for _, place in addresses))
    shown = (
        names if beyond and names else dict.fromkeys(_in_brackets(one.getsockname()[0]) for one in sockets)
    )
    return Listening(
        sockets=sockets,
        urls=tuple(f"{scheme}://{name}:{port}" for name in shown),
        hosts=frozenset((*LOOPBACK_NAMES, *own, *names)) - {"0.0.0.0", "[::]"},
        tls=tls,
    )


def _on_a_file(wanted: Wanted) -> Listening:
    if wanted.certificate is not None or wanted.key is not None:
        raise ConfigError("TLS needs a port", _TLS_HINT)
    if not hasattr(socket, "AF_UNIX"):
        raise ConfigError(
            "this system has no Unix sockets for Python", "Choose a port: copilot serve --port N"
        )
    path = wanted.at or wanted.folder / SOCKET_NAME
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        raise ConfigError(
            f"{path} is too long for a socket", "Choose another place: copilot serve --socket PATH"
        )
    make_folder(path.parent)
    _refuse_shared(path.parent)
    _clear(path)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        made.bind(str(path))
        path.chmod(0o600)  # nobody connects before `listen`
        made.listen(_BACKLOG)
        inode = path.lstat().st_ino
    except OSError as error:
        made.close()
        raise ConfigError(f"{path} cannot be listened on: {error.strerror}", "Try --socket PATH.") from error
    return Listening(
        sockets=(made,), urls=(str(path),), hosts=frozenset(LOOPBACK_NAMES), tls=None, path=path, inode=inode
    )


def _refuse_shared(folder: Path) -> None:
    """Whoever may write to the folder could put a socket of their own there, and be given tokens."""
    found = folder.stat()
    if found.st_uid not in (os.geteuid(), 0) or stat.S_IMODE(found.st_mode) & 0o022:
        raise ConfigError(
            f"others may write to {folder}: no place for a socket", f"chmod go-w {folder}, or --socket PATH"
        )


def _clear(path: Path) -> None:
    """Remove a socket on which nobody answers. Raises ConfigError for a used one, and for other files."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ConfigError(f"{path} is there and is no socket", "Choose another place: --socket PATH")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(_ANSWER_SECONDS)
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigError(f"{path} cannot be looked at: {error}", "Try --socket PATH.") from error
    raise ConfigError(f"another server listens on {path}", "End it first, or choose another --socket PATH.")


Address = tuple[int, Any]
"""A family of addresses, and what its sockets are bound to."""


def _addresses(host: str, port: int) -> tuple[Address, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ConfigError(f"--host {host} is no address of this machine", "Try --host 127.0.0.1.") from error
    return tuple(dict.fromkeys((int(family), place) for family, _, _, _, place in found))


def _is_loopback(address: object) -> bool:
    try:
        return ipaddress.ip_address(str(address).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _in_brackets(host: str) -> str:
    """As it stands in an address and in a Host header."""
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def _bound(addresses: Iterable[Address]) -> tuple[socket.socket, ...]:
    """A listening socket for each address, all on one port. Raises ConfigError."""
    made: list[socket.socket] = []
    try:
        for family, place in addresses:
            one = socket.socket(family, socket.SOCK_STREAM)
            made.append(one)
            if sys.platform == "win32":
                one.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            port = place[1] or made[0].getsockname()[1]
            try:
                one.bind((place[0], port, *place[2:]))
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL or not made[:-1]:
                    raise
                made.pop().close()  # a machine without IPv6 still may call itself ::1
                continue
            one.listen(_BACKLOG)
    except OSError as error:
        for one in made:
            one.close()
        raise ConfigError(
            f"the port cannot be listened on: {error.strerror}", "Choose another --port."
        ) from error
    return tuple(made)
