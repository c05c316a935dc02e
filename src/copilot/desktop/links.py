"""What a link in a message may do: be opened in the browser when the person has seen where it leads."""

import threading
import webbrowser
from urllib.parse import urlsplit

from copilot.vocabulary.text import visible

SCHEMES = ("http", "https", "mailto")


def opens(address: str) -> bool:
    """Whether a link of this address may be opened at all: the web with a host, and mail."""
    try:
        parts = urlsplit(address)
        return parts.scheme.lower() in SCHEMES and bool(parts.hostname or parts.scheme.lower() == "mailto")
    except ValueError:
        return False


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
        raise ValueError(f"{whole(address)} is no address of the web or of mail")
    threading.Thread(target=webbrowser.open, args=(address,), name="browser", daemon=True).start()
