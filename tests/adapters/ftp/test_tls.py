"""What is said of a server whose TLS will not do: its certificate, or its age."""

from __future__ import annotations

import datetime
import ssl
import threading
import warnings
from contextlib import suppress
from ipaddress import ip_address
from socket import create_server

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mpftp.adapters.ftp import FtpEndpoint
from mpftp.errors import EndpointError
from tests.settings import ftp_settings


@pytest.fixture
def certificate(tmp_path):
    """A function that makes a self-signed certificate, with its key, for *address* and the days from now."""

    def make(address="127.0.0.1", begins=-1, ends=30):
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=begins))
            .not_valid_after(now + datetime.timedelta(days=ends))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        )
        path = tmp_path / "server.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        signed = builder.sign(key, hashes.SHA256())
        path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
        return path

    return make


@pytest.fixture
def refusal():
    """A function that visits a server with TLS from the start; how it is refused."""
    listeners = []

    def visit(path, oldest=None, **changes):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        if oldest:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = oldest
            context.set_ciphers("ALL:@SECLEVEL=0")
        listener = create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def serve():
            with suppress(OSError), context.wrap_socket(listener.accept()[0], server_side=True) as client:
                client.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        port = listener.getsockname()[1]
        terms = {"security": "implicit", "ca_file": path, "timeout": 5.0} | changes
        settings = ftp_settings("127.0.0.1", port, "u", lambda: "p", **terms)
        with pytest.raises(EndpointError) as caught:
            FtpEndpoint(settings).list()
        return caught.value

    yield visit
    for listener in listeners:
        listener.close()


@pytest.mark.parametrize(
    ("made", "remedy"),
    [
        ({"begins": -60, "ends": -2}, "a certificate that is valid today"),
        ({"begins": 2}, "this machine's clock"),
        ({"address": "127.0.0.9"}, "the name that the certificate is for"),
    ],
)
def test_a_certificate_is_refused_with_what_helps(certificate, refusal, made, remedy):
    error = refusal(certificate(**made))
    assert "certificate cannot be trusted" in error.message
    assert remedy in error.hint
    assert "tls_ca_file" not in error.hint


def test_a_certificate_of_an_unknown_authority_can_be_named(certificate, refusal):
    error = refusal(certificate(), ca_file=None)
    assert "set tls_ca_file" in error.hint


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_a_server_of_old_tls_is_not_asked_again(certificate, refusal, version):
    error = refusal(certificate(), version)
    assert "TLS is too old or too weak" in error.message
    assert "TLS 1.2" in error.hint
