"""The server's certificate, which is read again when its files were renewed: nobody is cut off for it.

A pair that cannot be used (half of it is written, another key) leaves the one before in place, and is told.
"""

import ssl
from pathlib import Path

from copilot.vocabulary.errors import ConfigError

LOOK_SECONDS = 2.0
"""How often the files are looked at. They count when they were the same twice: both are written by then."""

_Stamp = tuple[tuple[int, int, int], ...]


class Certificate:
    """`context` is what connections are made with, from first to last; each handshake takes the newest pair.

    Raises ConfigError where the files cannot be used.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._read = self._seen = self._stamp()
        self.context = self._newest = _context(certificate, key)
        self.context.sni_callback = self._take_newest

    def look(self) -> str:
        """Read the files again if they changed. The trouble there was, once for each change; else ""."""
        stamp = self._stamp()
        settled, self._seen = stamp == self._seen, stamp
        if not settled or stamp == self._read:
            return ""
        self._read = stamp
        try:
            self._newest = _context(*self._files)
        except ConfigError as error:
            return f"The certificate was changed and is not used; the one before goes on. {error}"
        return ""

    def _take_newest(self, connection: ssl.SSLObject, _name: str | None, _context: ssl.SSLContext) -> None:
        connection.context = self._newest

    def _stamp(self) -> _Stamp:
        try:
            found = tuple(path.stat() for path in self._files)
        except OSError:
            return ()  # one of them is being replaced
        return tuple((one.st_ino, one.st_size, one.st_mtime_ns) for one in found)


def _context(certificate: Path, key: Path) -> ssl.SSLContext:
    """TLS 1.2 and later with this certificate. Nobody is asked for a password. Raises ConfigError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ConfigError(
            f"--tls-cert {certificate} and --tls-key {key} cannot be used: {why}",
            "Both are PEM files, the key without a password, the certificate with those that vouch for it.",
        ) from error
    return context
