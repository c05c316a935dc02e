"""Certificates that cannot be trusted: the message says why, and the hint where to look first."""

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from loopback import WIRE, Answer, Loopback, as_json, recorded
from talk import PROVIDERS, chunks_of, made, request_to

from copilot.providers.bridge import Bridge
from copilot.vocabulary.errors import AuthError, NetworkError

CLOCK = "Check this machine's clock first"


class Encrypted(Loopback):
    """A loopback server behind one of the certificates of `tests/wire/tls`, made for these tests alone."""

    def __init__(self, certificate: Path, *answers: Answer) -> None:
        super().__init__(*answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._context = context
        self.url = self.url.replace("http:", "https:")

    def _answer(self, connection):  # type: ignore[no-untyped-def]
        try:
            super()._answer(self._context.wrap_socket(connection, server_side=True))
        except OSError:  # the client hung up in the handshake
            connection.close()


@pytest.mark.parametrize(
    ("certificate", "trusted", "words", "hint"),
    [
        ("expired", True, "certificate has expired", CLOCK),
        ("early", True, "certificate is not yet valid", CLOCK),
        ("elsewhere", True, "IP address mismatch", "Check the host in the base URL"),
        ("elsewhere", False, "self-signed certificate", "SSL_CERT_FILE"),
    ],
)
@pytest.mark.parametrize("name", PROVIDERS)
def test_a_certificate_that_is_not_good(
    name: str,
    certificate: str,
    trusted: bool,
    words: str,
    hint: str,
    bridge: Bridge,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = WIRE / "tls" / f"{certificate}.pem"
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with (
        Encrypted(path, Answer(body=recorded(name, "answer"))) as server,
        pytest.raises(NetworkError) as raised,
    ):
        chunks_of(made(name, server.url, bridge), request_to(name))
    assert words in str(raised.value)
    assert f"{name} (127.0.0.1:{server.port})" in str(raised.value)
    assert hint in raised.value.hint
    assert server.received == []
    assert not raised.value.retryable


@pytest.mark.parametrize(("hours", "words"), [(-2, "120 min ahead of"), (2, "120 min behind"), (0, "")])
def test_a_refused_key_with_a_wrong_clock_says_so(hours: int, words: str, bridge: Bridge) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    refusal = as_json({"error": {"message": "no"}}, 401, date=date)
    with Loopback(refusal) as server, pytest.raises(AuthError) as raised:
        chunks_of(made("anthropic", server.url, bridge), request_to("anthropic"))
    assert words in raised.value.hint
    assert ("clock" in raised.value.hint) == bool(words)
