"""What a base URL says of where a service is."""

import ipaddress
from urllib.parse import urlsplit


def is_loopback(base_url: str) -> bool:
    """Whether the base URL leads to this very machine."""
    return bool(loopback_host(base_url))


def loopback_host(base_url: str) -> set[str]:
    """The base URL's host where that is this very machine."""
    host = urlsplit(base_url).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return {host} if host == "localhost" or host.endswith(".localhost") else set()
    written = f"[{host}]" if address.version == 6 else host
    return {written} if address.is_loopback or address.is_unspecified else set()
