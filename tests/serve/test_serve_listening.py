"""Where the server listens, and where it refuses to before anything is bound."""

import contextlib
import datetime
import socket
import ssl
import warnings
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from copilot.serve.certificate import Certificate
from copilot.serve.client import Client
from copilot.serve.listening import Wanted, listen
from copilot.vocabulary.errors import ConfigError, NetworkError
from door_play import serving


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for `localhost` that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_file, key_file


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1"])
def test_beyond_this_machine_nothing_listens_without_tls(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="without TLS"):
        listen(Wanted(folder=tmp_path, port=0, host=host))


def test_half_a_certificate_is_none(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with pytest.raises(ConfigError, match="go together"):
        listen(Wanted(folder=tmp_path, port=0, certificate=cert))
    with pytest.raises(ConfigError, match="cannot be used"):
        listen(Wanted(folder=tmp_path, port=0, host="0.0.0.0", certificate=key, key=key, names=("me",)))
    with pytest.raises(ConfigError, match="TLS needs a port"):
        listen(Wanted(folder=tmp_path, certificate=cert, key=key))


def test_with_tls_it_listens_beyond_under_its_name(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with pytest.raises(ConfigError, match="by a name"):
        listen(Wanted(folder=tmp_path, port=0, host="0.0.0.0", certificate=cert, key=key))
    wanted = Wanted(
        folder=tmp_path / "state", port=0, host="0.0.0.0", certificate=cert, key=key, names=("Team.example",)
    )
    with serving(tmp_path, wanted=wanted) as play:
        assert play.listening.urls == (f"https://team.example:{play.port}",)
        play.tls = ssl.create_default_context(cafile=str(cert))
        assert play.ask("GET", "/v1/me", host="team.example").status == 200
        assert play.ask("GET", "/v1/me", host="0.0.0.0").status == 403
        client = Client(f"https://localhost:{play.port}", play.token, ca=cert)
        assert client.me()["user"] == "ada"
        client.close()
        stranger = Client(f"https://localhost:{play.port}", play.token)
        with pytest.raises(NetworkError):
            stranger.me()  # nobody vouches for this certificate
        stranger.close()
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
        old.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        play.tls = old
        with pytest.raises((ssl.SSLError, ConnectionError)):
            play.connect()
        play.tls = None
        assert play.raw(b"GET /v1/me HTTP/1.1\r\nhost: localhost\r\n\r\n").status == 0


def handshake(server: ssl.SSLContext, trusted: Path) -> bool:
    """Whether a client that trusts this certificate alone comes to terms with the server."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context(cafile=str(trusted))
    here = client.wrap_bio(to_client, to_server, server_hostname="localhost")
    there = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(5):
        for side in (here, there):
            with contextlib.suppress(ssl.SSLWantReadError):
                try:
                    side.do_handshake()
                except ssl.SSLCertVerificationError:
                    return False
    return here.getpeercert() is not None


def test_a_renewed_certificate_is_taken_and_a_broken_one_is_not(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    tls = Certificate(cert, key)
    first = tmp_path / "first.pem"
    first.write_bytes(cert.read_bytes())
    assert handshake(tls.context, first)
    certificate(tmp_path)
    assert [tls.look(), handshake(tls.context, first)] == ["", True]  # it may be half written
    assert [tls.look(), handshake(tls.context, first), handshake(tls.context, cert)] == ["", False, True]
    second = tmp_path / "second.pem"
    second.write_bytes(cert.read_bytes())
    cert.write_bytes(first.read_bytes())  # not of this key
    said = [tls.look(), tls.look(), tls.look()]
    assert ["is not used" in one for one in said] == [False, True, False]
    cert.unlink()
    assert [tls.look(), tls.look()] != ["", ""]
    assert handshake(tls.context, second)


def test_a_loopback_port_is_told_with_its_number(tmp_path: Path) -> None:
    listening = listen(Wanted(folder=tmp_path, port=0, names=("box",)))
    port = listening.sockets[0].getsockname()[1]
    assert listening.urls == (f"http://127.0.0.1:{port}",)
    assert listening.hosts == {"localhost", "127.0.0.1", "[::1]", "box"}
    with pytest.raises(ConfigError, match="cannot be listened on"):
        listen(Wanted(folder=tmp_path, port=port))
    listening.close()


def test_a_name_means_all_its_addresses(tmp_path: Path) -> None:
    listening = listen(Wanted(folder=tmp_path, port=0, host="localhost"))
    assert {one.getsockname()[0] for one in listening.sockets} <= {"127.0.0.1", "::1"}
    assert len({one.getsockname()[1] for one in listening.sockets}) == 1
    listening.close()
    with pytest.raises(ConfigError, match="is no address"):
        listen(Wanted(folder=tmp_path, port=0, host="x" * 70))


def test_a_socket_that_nobody_answers_on_is_replaced_and_no_other(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    path = tmp_path / "state" / "copilot.sock"
    path.parent.mkdir(mode=0o700)
    left.bind(str(path))
    left.close()  # as a kill leaves it
    first = listen(Wanted(folder=path.parent))
    with pytest.raises(ConfigError, match="another server listens"):
        listen(Wanted(folder=path.parent))
    path.unlink()
    second = listen(Wanted(folder=path.parent))
    first.close()
    assert path.exists()  # it is the second one's
    second.close()
    assert not path.exists()
    path.write_text("mine")
    with pytest.raises(ConfigError, match="is no socket"):
        listen(Wanted(folder=path.parent))
    assert path.read_text() == "mine"


def test_no_socket_in_a_folder_of_others(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(ConfigError, match="others may write"):
        listen(Wanted(folder=tmp_path, at=shared / "s"))
    with pytest.raises(ConfigError, match="too long"):
        listen(Wanted(folder=tmp_path, at=tmp_path / ("x" * 120)))
