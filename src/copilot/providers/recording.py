"""What goes over the wire, on its way into the record."""

from typing import Literal

from copilot.providers.base import OnWire
from copilot.providers.failures import Service
from copilot.record.attachment_marks import shortened
from copilot.vocabulary.values import WireRecord


def record_request(
    service: Service, on_wire: OnWire, method: str, url: str, body: bytes, digest: str, *, plain: bool
) -> None:
    """A request that is about to leave, with the hash of its body; what is `plain` holds no attachments."""
    told = body if plain else shortened(body)
    _record(service, on_wire, "request", method, url, 0, told, digest)


def record_response(
    service: Service, on_wire: OnWire, method: str, url: str, status: int, body: bytes
) -> None:
    """An answer that is over."""
    _record(service, on_wire, "response", method, url, status, shortened(body), "")


def _record(
    service: Service,
    on_wire: OnWire,
    direction: Literal["request", "response"],
    method: str,
    url: str,
    status: int,
    body: bytes,
    digest: str,
) -> None:
    on_wire(
        WireRecord(
            provider=service.name,
            direction=direction,
            method=method,
            url=service.scrub(url),
            status=status,
            body=service.scrub(body.decode("utf-8", "replace")),
            sha256=digest,
        )
    )
