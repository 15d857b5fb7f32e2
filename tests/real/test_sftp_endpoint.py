"""The contract over SFTP, and host keys that are checked. The server is paramiko's own, in a thread."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pytest

from mpftp.adapters.sftp import SftpEndpoint
from mpftp.domain.endpoint import EndpointUnreachableError, FileChangedError
from mpftp.errors import EndpointError, EndpointUnavailableError
from tests.settings import sftp_settings

pytestmark = pytest.mark.real


def told(action):
    """*action*'s result as an SFTP status."""
    try:
        action()
    except OSError as error:
        return paramiko.SFTPServer.convert_errno(error.errno)
    return paramiko.SFTP_OK


class Files(paramiko.SFTPServerInterface):
    """A folder as paramiko wants it."""

    def __init__(self, server, root):
        super().__init__(server)
        self.root = root

    def local(self, path):
        return str(self.root) + self.canonicalize(path)

    def list_folder(self, path):
        folder = self.local(path)
        found = []
        for name in os.listdir(folder):
            attributes = paramiko.SFTPAttributes.from_stat(os.lstat(os.path.join(folder, name)))
            attributes.filename = name
            found.append(attributes)
        return found

    def stat(self, path):
        try:
            return paramiko.SFTPAttributes.from_stat(os.stat(self.local(path)))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    lstat = stat

    def open(self, path, flags, attr):
        try:
            descriptor = os.open(self.local(path), flags, 0o666)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = paramiko.SFTPHandle(flags)
        mode = "r+b" if flags & os.O_RDWR else "wb" if flags & os.O_WRONLY else "rb"
        handle.readfile = handle.writefile = os.fdopen(descriptor, mode)
        handle.stat = lambda: paramiko.SFTPAttributes.from_stat(os.fstat(descriptor))
        return handle

    def remove(self, path):
        return told(lambda: os.remove(self.local(path)))

    def rename(self, old, new):
        if os.path.exists(self.local(new)):
            return paramiko.SFTP_FAILURE
        return told(lambda: os.rename(self.local(old), self.local(new)))

    def posix_rename(self, old, new):
        return told(lambda: os.replace(self.local(old), self.local(new)))

    def mkdir(self, path, attr):
        return told(lambda: os.mkdir(self.local(path)))


class Door(paramiko.ServerInterface):
    def check_auth_password(self, user, password):
        right = (user, password) == ("cliente", "senha")
        return paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED

    def get_allowed_auths(self, user):
        return "password"

    def check_channel_request(self, kind, number):
        return paramiko.OPEN_SUCCEEDED


@dataclass
class Server:
    root: Path
    port: int
    known_hosts: Path

    @property
    def folder(self):
        return self.root / "in"

    def put(self, name, data, *, age=3600):
        path = self.folder / name
        path.write_bytes(data)
        os.utime(path, (time.time() - age,) * 2)


@pytest.fixture
def server(tmp_path):
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    root = tmp_path / "root"
    (root / "in").mkdir(parents=True)
    transports = []

    def serve():
        with suppress(OSError):
            while True:
                transport = paramiko.Transport(listener.accept()[0])
                transports.append(transport)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, root)
                with suppress(paramiko.SSHException, EOFError):
                    transport.start_server(server=Door())

    threading.Thread(target=serve, daemon=True).start()
    port = listener.getsockname()[1]
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{port} {key.get_name()} {key.get_base64()}\n")
    yield Server(root, port, known)
    listener.close()
    for transport in transports:
        transport.close()


def endpoint(server, **changes):
    values = {"user": "cliente", "password": lambda: "senha", "directory": "in", "timeout": 10.0,
              "known_hosts": server.known_hosts}  # fmt: skip
    return SftpEndpoint(sftp_settings("127.0.0.1", server.port, **{**values, **changes}))


def test_the_contract(server, contract, tmp_path):
    contract(endpoint(server), server, tmp_path)


def test_a_wrong_password(server):
    with pytest.raises(EndpointError, match="login refused") as caught:
        endpoint(server, password=lambda: "segredo").list()
    assert "segredo" not in str(caught.value)


def test_an_unknown_server_is_not_trusted(server, tmp_path):
    with pytest.raises(EndpointError, match="the server's key is not known") as caught:
        endpoint(server, known_hosts=tmp_path / "none").list()
    assert f"ssh-keyscan -p {server.port} 127.0.0.1" in caught.value.hint


def test_another_key_is_not_trusted(server):
    other = paramiko.ECDSAKey.generate()
    server.known_hosts.write_text(f"[127.0.0.1]:{server.port} {other.get_name()} {other.get_base64()}\n")
    with pytest.raises(EndpointError, match="another key"):
        endpoint(server).list()


def test_a_directory_that_is_not_there(server):
    with pytest.raises(EndpointError, match="cannot enter the directory nada: No such file"):
        endpoint(server, directory="nada").list()


def test_a_server_that_echoes_the_password(server, monkeypatch):
    """ "senha" in clear and in base64, in the text of a status."""
    monkeypatch.setattr(paramiko.sftp_server, "SFTP_DESC", ["no senha c2VuaGE= for \x1b[2J"] * 9)
    with pytest.raises(EndpointError, match="enter the directory nada: no ") as caught:
        endpoint(server, directory="nada").list()
    assert str(caught.value).endswith("nada: no *** *** for ␛[2J")


def test_a_file_that_is_not_as_listed(server, tmp_path):
    server.put("a", b"x" * 1000)
    with pytest.raises(FileChangedError):
        endpoint(server).download("a", tmp_path / "a", size=999)


def test_nobody_there(server):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(EndpointUnreachableError, match="nobody answers"):
        SftpEndpoint(sftp_settings("127.0.0.1", port, "x", lambda: "y", timeout=5)).list()


def test_silence_ends_with_the_visit(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        started = time.monotonic()
        settings = sftp_settings(
            "127.0.0.1", silent.getsockname()[1], "x", lambda: "y", timeout=30, visit_seconds=1
        )
        with pytest.raises(EndpointUnreachableError):
            SftpEndpoint(settings).list()
        assert time.monotonic() - started < 10


@pytest.fixture
def sshd(ftp_server):
    """OpenSSH's own server, whose users see nothing but their folder."""
    return ftp_server("sshd")


def test_the_contract_with_openssh(sshd, contract, tmp_path):
    contract(endpoint(sshd), sshd, tmp_path)


def put_raw(server, name):
    """Lay a file of that name, in bytes, into the folder."""
    path = os.fsencode(server.folder) + b"/" + name
    with open(path, "wb") as file:
        file.write(b"x")
    os.chmod(path, 0o666)


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_names_that_are_not_utf8(sshd, tmp_path, encoding):
    """They are listed and fetched by their own bytes, and harm no other file."""
    put_raw(sshd, b"rel\xe1torio.pdf")
    put_raw(sshd, "Promoção_MAIL_20260301".encode(encoding))
    visit = endpoint(sshd, encoding=encoding)
    names = {file.name for file in visit.list()}
    odd = b"rel\xe1torio.pdf".decode(encoding, "surrogateescape")
    assert names == {odd, "Promoção_MAIL_20260301"}
    for name in names:
        visit.download(name, tmp_path / "copy", size=1)
    visit.rename(odd, "outro.pdf")
    assert "outro.pdf" in sshd.names()
    visit.close()


def test_a_directory_of_another_encoding(sshd):
    folder = os.fsencode(sshd.folder) + b"/mar\xe7o"
    os.mkdir(folder)
    with open(folder + b"/a", "wb"):
        pass
    visit = endpoint(sshd, encoding="latin-1", directory="in/março")
    assert [file.name for file in visit.list()] == ["a"]
    visit.close()


def test_a_directory_that_openssh_does_not_have(sshd):
    with pytest.raises(EndpointError, match="cannot enter the directory nada: No such file"):
        endpoint(sshd, directory="nada").list()


def test_what_the_login_may_not_write(sshd, tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(EndpointError, match="cannot store a: Permission denied"):
        endpoint(sshd, directory="").upload(tmp_path / "a", "a")


def test_a_copy_that_is_whole_is_left_alone(sshd, tmp_path):
    sshd.put("a", b"there")
    (tmp_path / "copy").write_bytes(b"these")
    visit = endpoint(sshd)
    visit.download("a", tmp_path / "copy", size=5, resume=True)
    assert (tmp_path / "copy").read_bytes() == b"these"
    visit.close()


@pytest.mark.parametrize("banner", [b"", b"SSH-2.0-x\r\n\x00\x00\x10\x04"], ids=["banner", "handshake"])
def test_a_drip_ends_with_the_visit(banner):
    def serve(listener):
        with suppress(OSError):
            client = listener.accept()[0]
            with client:
                client.sendall(banner)
                while True:
                    client.sendall(b"x")
                    time.sleep(0.05)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        settings = sftp_settings("127.0.0.1", listener.getsockname()[1], "x", lambda: "y", visit_seconds=1)
        started = time.monotonic()
        with pytest.raises(EndpointUnreachableError, match="the visit took longer"):
            SftpEndpoint(settings).list()
        assert time.monotonic() - started < 3


def test_a_port_that_speaks_something_else():
    def serve(listener):
        with suppress(OSError):
            client = listener.accept()[0]
            with client:
                client.sendall(b"220 (vsFTPd 3.0.3)\r\n")
                client.recv(100)
                client.sendall(b"530 Please login with USER and PASS.\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        settings = sftp_settings("127.0.0.1", listener.getsockname()[1], "x", lambda: "y", visit_seconds=5)
        with pytest.raises(EndpointUnavailableError) as caught:
            SftpEndpoint(settings).list()
        assert "an FTP server wants ftp://" in caught.value.hint


def test_a_server_of_old_ssh_is_not_asked_again():
    def serve(listener):
        with suppress(OSError), listener.accept()[0] as client:
            client.sendall(b"SSH-1.5-1.2.27\r\n")
            client.recv(1000)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        settings = sftp_settings("127.0.0.1", listener.getsockname()[1], "x", lambda: "y", visit_seconds=5)
        with pytest.raises(EndpointError, match="Incompatible version") as caught:
            SftpEndpoint(settings).list()
        assert "bring it up to date" in caught.value.hint


def test_a_move_replaces_what_an_earlier_one_left_there(sshd):
    for data in (b"old", b"newer"):
        sshd.put("Lista_SUPRESSAO_20260301", data)
        with closing(endpoint(sshd)) as visit:
            visit.move("Lista_SUPRESSAO_20260301", "feito")
    assert (sshd.folder / "feito/Lista_SUPRESSAO_20260301").read_bytes() == b"newer"


def test_time_that_runs_out_while_connecting():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        callers = [socket.socket() for _ in range(3)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(listener.getsockname())
        settings = sftp_settings("127.0.0.1", listener.getsockname()[1], "x", lambda: "y", visit_seconds=1)
        started = time.monotonic()
        with pytest.raises(EndpointUnreachableError, match="the visit took longer"):
            SftpEndpoint(settings).list()
        assert time.monotonic() - started < 3
        for caller in callers:
            caller.close()
