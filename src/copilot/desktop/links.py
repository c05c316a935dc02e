"""What a link in a message may do: be opened in the browser when the person has seen where it leads."""

import threading
import unicodedata
import webbrowser
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from socket import inet_aton
from typing import Final
from urllib.parse import unquote, urlsplit

from copilot.vocabulary.text import visible

SCHEMES = ("http", "https", "mailto")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_COMPATIBLE: Final = IPv6Network("::/96")
_UNICAST: Final = IPv6Network("2000::/3")
"""Where all addresses of the web are (RFC 4291, 3587)."""
_DOCUMENTED: Final = IPv6Network("3fff::/20")
"""For examples (RFC 9637), which Python 3.11 does not know."""


def opens(address: str) -> bool:
    """Whether a link of this address may be opened at all: mail, and the web outside the person's network.

    Not with what a browser reads otherwise than is shown: a backslash, a blank or control character, a name
    before the host, a host with escapes or characters that do not show, which browsers take out or undo; and
    no mail that names a file to be sent along.
    """
    if any(char <= " " or char in "\\\x7f" for char in address):
        return False
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme.lower() == "mailto":
        return "attach" not in unquote(unquote(parts.query)).lower()
    if parts.scheme.lower() not in SCHEMES or host is None:
        return False
    plain = not any(mark in parts.netloc for mark in "@%") and visible(host, keep="") == host
    return plain and not _is_near(host)


def _is_near(host: str) -> bool:
    """Whether a host is this machine or one of its network, as far as its name tells: none is looked up.

    What a message names there could act in the person's name, or give something away.
    """
    name = unicodedata.normalize("NFKC", host).replace("\u3002", ".").rstrip(".").lower()
    number = _number(name)
    if number is not None:
        inside = _within(number) if isinstance(number, IPv6Address) else number
        if isinstance(inside, IPv6Address) and (inside not in _UNICAST or inside in _DOCUMENTED):
            return True
        return not inside.is_global or inside.is_multicast
    return "." not in name or name.endswith((".localhost", ".local", ".internal", ".lan", ".home.arpa"))


def _within(number: IPv6Address) -> IPv4Address | IPv6Address:
    """The address of version 4 that one of version 6 leads to (RFC 4291, 3056, 4380, 6052); else itself."""
    if number in _NAT64 or number in _COMPATIBLE:
        return IPv4Address(int(number) & 0xFFFFFFFF)
    teredo = number.teredo
    return number.ipv4_mapped or number.sixtofour or (teredo[1] if teredo else number)


def _number(name: str) -> IPv4Address | IPv6Address | None:
    """The address that a host is written as; also as 2130706433 or 0x7f.1, which browsers read too."""
    try:
        return ip_address(name)
    except ValueError:
        pass
    try:
        return IPv4Address(inet_aton(name))
    except OSError:
        return None


def host_of(address: str) -> str:
    """The host that would be asked, with all its characters to be seen."""
    try:
        found = urlsplit(address).hostname or urlsplit(address).path
    except ValueError:
        found = address
    return whole(found)


def whole(address: str) -> str:
    """The whole address as it may be shown: what does not show, or is no ASCII, is written out.

    A letter of another script that looks like one of ours must not pass for it.
    """
    return "".join(c if " " <= c <= "~" else _escape(c) for c in address)


def _escape(char: str) -> str:
    seen = visible(char, keep="")
    if seen != char:
        return seen
    return f"\\u{{{ord(char):x}}}"


def open_link(address: str) -> None:
    """Open it in the person's browser, from a thread of its own. Raises ValueError where that may not be."""
    if not opens(address):
        raise ValueError(f"{whole(address)} is no address of the web outside your network, nor of mail")
    threading.Thread(target=webbrowser.open, args=(address,), name="browser", daemon=True).start()
