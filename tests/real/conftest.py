"""Real servers on loopback, each with a folder of its own: five for FTP, and OpenSSH's sshd for SFTP.

``.ci/ftp-servers`` unpacks them, but for pyftpdlib; one that is missing skips its tests, unless CI is set.
"""

from __future__ import annotations

import datetime
import errno
import getpass
import grp
import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

import pytest

UNPACKED = Path(os.environ.get("MPFTP_FTP_SERVERS") or "~/.cache/mpftp/ftp-servers").expanduser()
AS_ROOT = os.geteuid() == 0
NOBODY = 65534
PORT_SHARES, PORTS_EACH = 16, 750  # of 20,000 to 32,000: a worker's own, so that no other's server answers


@dataclass
class FtpServer:
    """A running server. *root* is the login's directory on disk; *folder*, a subdirectory, is for files."""

    kind: str
    root: Path
    port: int
    user: str
    password: str = "senha"
    host: str = "127.0.0.1"
    ca_file: Path | None = None
    known_hosts: Path | None = None
    log: Path | None = None
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def folder(self) -> Path:
        """Where clients' files lie: the directory ``in`` of the login."""
        return self.root / "in"

    def put(self, name: str, data: bytes, *, age: float = 3600) -> Path:
        """Lay a file into the folder as if it had been uploaded *age* seconds ago."""
        path = self.folder / name
        path.write_bytes(data)
        path.chmod(0o666)
        then = time.time() - age
        os.utime(path, (then, then))
        return path

    def names(self) -> set[str]:
        """What lies in the folder."""
        return {path.name for path in self.folder.iterdir()}

    def stop(self) -> None:
        """End the server."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)


@pytest.fixture
def ftp_server(tmp_path_factory, certificate) -> Iterator[Callable[..., FtpServer]]:
    """A function that starts a server: ``ftp_server("vsftpd", tls="explicit", ipv6=False, **extra)``."""
    running: list[FtpServer] = []

    def start(
        kind: str, *, tls: str = "", ipv6: bool = False, password: str = "senha", **extra: object
    ) -> FtpServer:
        if ipv6 and not _has_ipv6():
            pytest.skip("this machine has no IPv6 loopback")
        root = _open_folder(tmp_path_factory.mktemp(kind))
        server = FtpServer(
            kind, root / "home", _free_port(ipv6), "cliente", password, "::1" if ipv6 else "127.0.0.1"
        )
        server.ca_file = certificate
        server.log = root / "log"
        STARTERS[kind](server, root, tls, extra)
        running.append(server)
        _wait_until_open(server)
        return server

    yield start
    for server in running:
        server.stop()


def _open_folder(root: Path) -> Path:
    """A folder that a server under another user may enter and write to."""
    (root / "home" / "in").mkdir(parents=True)
    root.chmod(0o755)
    for path in [root / "home", root / "home" / "in"]:
        path.chmod(0o777)
    for parent in list(root.parents)[:-2]:
        if parent.stat().st_uid == os.geteuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    return root


@pytest.fixture
def free_port() -> Callable[[], int]:
    """A function that finds a port of loopback that nobody uses."""
    return lambda: _free_port(ipv6=False)


def _free_port(ipv6: bool) -> int:
    """A port that no other test is given, neither by the system, which hands out higher ones, nor here."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PORT_SHARES
    family, host = (socket.AF_INET6, "::1") if ipv6 else (socket.AF_INET, "127.0.0.1")
    while True:
        port = 20_000 + PORTS_EACH * worker + random.randrange(PORTS_EACH)
        try:
            with socket.create_server((host, port), family=family):
                return port
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise


def _has_ipv6() -> bool:
    try:
        _free_port(ipv6=True)
    except OSError:
        return False
    return True


def _wait_until_open(server: FtpServer) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if server.process is not None and server.process.poll() is not None:
            break
        try:
            socket.create_connection((server.host, server.port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    said = server.log.read_text(errors="replace") if server.log and server.log.exists() else ""
    pytest.fail(f"{server.kind} did not start: {said[-2000:]}")


def _program(name: str) -> str:
    """The server's program, unpacked or installed; else the test is skipped, or fails in CI."""
    for place in (UNPACKED / "usr/sbin", UNPACKED / "usr/bin", None):
        found = shutil.which(name, path=str(place) if place else f"{os.environ['PATH']}:/usr/sbin")
        if found:
            return found
    reason = f"{name} is not here; .ci/ftp-servers fetches it"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def _run(server: FtpServer, command: list[str]) -> None:
    libraries = [str(path) for path in (UNPACKED / "usr/lib").glob("*-linux-gnu*")]
    assert server.log is not None
    with server.log.open("ab") as log:
        server.process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "LD_LIBRARY_PATH": ":".join(libraries)}
        )


def _hashed(password: str) -> str:
    """A cheap hash: pure-ftpd's own costs a second a login."""
    command = ["openssl", "passwd", "-1", password]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _vsftpd(server: FtpServer, root: Path, tls: str, extra: dict[str, object]) -> None:
    """Anonymous, because local users would need PAM; the password list stands for a login."""
    program = _program("vsftpd")
    if not AS_ROOT:
        pytest.skip("vsftpd lets nobody in unless root has started it")
    server.user = "anonymous"
    (root / "passwords").write_text(server.password + "\n")
    (root / "empty").mkdir()
    settings: dict[str, object] = {
        "background": "NO", "run_as_launching_user": "YES", "seccomp_sandbox": "NO", "isolate": "NO",
        "isolate_network": "NO", "connect_from_port_20": "NO", "local_enable": "NO",
        "anonymous_enable": "YES",
        "anon_root": server.root, "write_enable": "YES", "anon_upload_enable": "YES",
        "anon_mkdir_write_enable": "YES", "anon_other_write_enable": "YES", "anon_umask": "022",
        "anon_world_readable_only": "NO", "secure_email_list_enable": "YES",
        "email_password_file": root / "passwords", "secure_chroot_dir": root / "empty",
        "xferlog_enable": "YES", "log_ftp_protocol": "YES", "vsftpd_log_file": root / "commands",
        "allow_writeable_chroot": "YES", "ftp_username": getpass.getuser(),
    }  # fmt: skip
    if server.host == "::1":
        settings |= {"listen": "NO", "listen_ipv6": "YES", "listen_address6": "::1"}
    else:
        settings |= {"listen": "YES", "listen_address": server.host}
    settings["listen_port"] = server.port
    if tls:
        settings |= {
            "ssl_enable": "YES", "allow_anon_ssl": "YES", "force_anon_data_ssl": "YES",
            "force_anon_logins_ssl": "YES", "rsa_cert_file": server.ca_file, "require_ssl_reuse": "YES",
            "implicit_ssl": "YES" if tls == "implicit" else "NO", "ssl_ciphers": "HIGH", "debug_ssl": "YES",
        }  # fmt: skip
    settings |= extra
    config = root / "vsftpd.conf"
    config.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    _run(server, [program, str(config)])


def _proftpd(server: FtpServer, root: Path, tls: str, extra: dict[str, object]) -> None:
    program = _program("proftpd")
    home, private = server.root, root / "private"
    private.mkdir(mode=0o700)
    owner = "nobody" if AS_ROOT else getpass.getuser()
    group = "nogroup" if AS_ROOT else grp.getgrgid(os.getegid()).gr_name
    passwords = private / "passwords"
    passwords.write_text(
        f"{server.user}:{_hashed(server.password)}:{os.geteuid()}:{os.getegid()}::{home}:/bin/false\n"
    )
    passwords.chmod(0o600)
    lines = [
        "ServerType standalone", "DefaultServer on", "UseIPv6 on", f"Port {server.port}",
        "SocketBindTight on",
        f"DefaultAddress {server.host}", f"User {owner}", f"Group {group}", "RootLogin on" if AS_ROOT else "",
        f"PidFile {root}/pid", f"ScoreboardFile {private}/scoreboard", f"DelayTable {root}/delay",
        "DelayEngine off",
        f"SystemLog {root}/system", "WtmpLog off", "TransferLog none", "AuthOrder mod_auth_file.c",
        f"AuthUserFile {passwords}", "RequireValidShell off", "AllowOverwrite on",
        "AllowStoreRestart on", "AllowRetrieveRestart on", "UseFtpUsers off", "AuthPAM off",
        'LogFormat commands "%r"', f"ExtendedLog {root}/commands ALL commands",
        f"DefaultRoot {home}" if AS_ROOT else "", "TimesGMT on", "UseReverseDNS off",
    ]  # fmt: skip
    modules = UNPACKED / "usr/lib/proftpd"
    if tls:
        lines += [
            *([f"ModulePath {modules}"] if modules.exists() else []), "LoadModule mod_tls.c", "TLSEngine on",
            f"TLSLog {root}/tls", f"TLSECCertificateFile {server.ca_file}",
            f"TLSECCertificateKeyFile {server.ca_file}", "TLSRequired on",
            *(["TLSOptions UseImplicitSSL"] if tls == "implicit" else []),
        ]  # fmt: skip
    lines = [line for line in lines if line.partition(" ")[0] not in extra]  # the first of two counts
    lines += [f"{name} {value}" for name, value in extra.items()]
    config = root / "proftpd.conf"
    config.write_text("\n".join(lines) + "\n")
    _run(server, [program, "-n", "-c", str(config)])


def _pure_ftpd(server: FtpServer, root: Path, tls: str, extra: dict[str, object]) -> None:
    """It wants root to start, and refuses to let root in: the files belong to nobody."""
    program, keeper = _program("pure-ftpd"), _program("pure-pw")
    if not AS_ROOT:
        pytest.skip("pure-ftpd has to be started by root")
    for path in [server.root, server.folder]:
        os.chown(path, NOBODY, NOBODY)
    passwords, database = root / "passwords", root / "passwords.pdb"
    passwords.write_text(
        f"{server.user}:{_hashed(server.password)}:{NOBODY}:{NOBODY}::{server.root}/./::::::::::::\n"
    )
    subprocess.run([keeper, "mkdb", database, "-f", passwords], check=True, capture_output=True)
    flags = ["-l", f"puredb:{database}", "-S", f"{server.host},{server.port}", "-u", "1", "-H", "-E", "-D",
             "-O", f"clf:{root}/commands", "-g", f"{root}/pid"]  # fmt: skip
    if tls:
        flags += ["-Y", "3" if tls == "explicit" else "2", "-2", str(server.ca_file)]
    flags += [str(flag) for flag in extra.get("flags", [])]  # type: ignore[attr-defined]
    _run(server, [program, *flags])


PYFTPDLIB = """
import sys, logging
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.servers import FTPServer
host, port, user, password, home, log, tls, certificate, extra = sys.argv[1:]
options = eval(extra)
logging.basicConfig(filename=log, level=logging.DEBUG, format="%(message)s")
authorizer = DummyAuthorizer()
authorizer.add_user(user, password, home, perm="elradfmwMT")
class Handler(TLS_FTPHandler if tls else FTPHandler):
    pass
Handler.authorizer = authorizer
Handler.proto_cmds = {k: v for k, v in Handler.proto_cmds.items() if k not in options.get("without", ())}
Handler.auth_failed_timeout = 0.1
if "encoding" in options:
    Handler.encoding = options["encoding"]
if options.get("dos"):
    class DosFS(AbstractedFS):
        def format_list(self, basedir, listing, ignore_err=True):
            import os, time
            for name in listing:
                status = os.stat(os.path.join(basedir, name))
                size = "<DIR>" if os.path.isdir(os.path.join(basedir, name)) else str(status.st_size)
                when = time.strftime("%m-%d-%y  %I:%M%p", time.localtime(status.st_mtime))
                yield f"{when} {size:>20} {name}\\r\\n".encode(self.cmd_channel.encoding)
    Handler.abstracted_fs = DosFS
if tls:
    Handler.certfile = certificate
    Handler.tls_control_required = Handler.tls_data_required = True
server = FTPServer((host, int(port)), Handler)
server.serve_forever()
"""


def _pyftpdlib(server: FtpServer, root: Path, tls: str, extra: dict[str, object]) -> None:
    _run(
        server,
        [sys.executable, "-W", "ignore", "-c", PYFTPDLIB, server.host, str(server.port), server.user,
         server.password, str(server.root), str(root / "commands"), tls, str(server.ca_file), repr(extra)],
    )  # fmt: skip


def _among_users(root: Path, lines: list[str], *also: str) -> list[str]:
    """The start of a command that sees *lines* as the users of this machine, and may mount for itself."""
    if not AS_ROOT or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("a server that lets in the machine's own users needs a mount namespace of root's")
    passwd = root / "passwd"
    passwd.write_text("root:x:0:0::/root:/bin/sh\n" + "".join(f"{line}\n" for line in lines))
    mounts = [f"mount --bind {passwd} /etc/passwd", *also]
    return ["unshare", "-m", "sh", "-c", f'{" && ".join(mounts)} && exec "$@"', "sh"]


INETD = """
import socket, subprocess, sys
host, port, *command = sys.argv[1:]
family = socket.AF_INET6 if ":" in host else socket.AF_INET
with socket.create_server((host, int(port)), family=family) as listener:
    while True:
        with listener.accept()[0] as conn:
            subprocess.Popen(command, stdin=conn, stdout=conn)
"""


def _inetutils(server: FtpServer, root: Path, tls: str, extra: dict[str, object]) -> None:
    """It is started for each connection; alone it would listen on every address, at port 21 only."""
    user = f"{server.user}:{_hashed(server.password)}:{NOBODY}:{NOBODY}::{server.root}:/bin/sh"
    start = _among_users(root, [user])
    command = [*start, _program("ftpd"), "--auth=default", "-q", *extra.get("flags", [])]  # type: ignore[misc]
    _run(server, [sys.executable, "-c", INETD, server.host, str(server.port), *map(str, command)])


def _sshd(server: FtpServer, root: Path, tls: str, extra: dict[str, object]) -> None:
    """Its users see their folder as the whole file system; that may belong to nobody but root."""
    import paramiko

    server.root.chmod(0o755)
    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(root / "key"))
    server.known_hosts = root / "known_hosts"
    server.known_hosts.write_text(f"[{server.host}]:{server.port} {key.get_name()} {key.get_base64()}\n")
    settings = {
        "Port": server.port, "ListenAddress": server.host, "HostKey": root / "key", "UsePAM": "no",
        "PasswordAuthentication": "yes", "Subsystem": "sftp internal-sftp", "ForceCommand": "internal-sftp",
        "ChrootDirectory": "/srv", "PidFile": "none", "StrictModes": "no", "UseDNS": "no",
    } | extra  # fmt: skip
    config = root / "sshd_config"
    config.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    users = [
        f"{server.user}:{_hashed(server.password)}:{NOBODY}:{NOBODY}::/:/bin/sh",
        f"sshd:x:{NOBODY}:{NOBODY}::/:/bin/false",
    ]
    start = _among_users(
        root, users, f"mount --bind {server.root} /srv", "mount -t tmpfs none /run", "mkdir -m 755 /run/sshd"
    )
    _run(server, [*start, _program("sshd"), "-D", "-e", "-f", str(config)])


STARTERS = {
    "vsftpd": _vsftpd, "proftpd": _proftpd, "pure-ftpd": _pure_ftpd, "pyftpdlib": _pyftpdlib,
    "inetutils-ftpd": _inetutils, "sshd": _sshd,
}  # fmt: skip


@pytest.fixture(scope="session")
def certificate(tmp_path_factory) -> Path:
    """A self-signed certificate for the loopback, key and certificate in one file."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), *(x509.IPAddress(ip_address(host)) for host in ("127.0.0.1", "::1"))]
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    path.chmod(0o600)
    return path


@pytest.fixture
def contract() -> Callable[..., None]:
    """A function that holds an endpoint to all it promises; its files lie in *folder*."""

    def contract(endpoint, server, tmp_path):
        """Everything an endpoint promises, in one session."""
        data = os.urandom(300_000)
        server.put("Promo_MAIL_20260301", data)
        server.put("Promo_CONF_20260301", b"")
        (server.folder / "sub").mkdir(mode=0o777)
        listed = {file.name: file for file in endpoint.list()}
        assert set(listed) == {"Promo_MAIL_20260301", "Promo_CONF_20260301"}
        assert (listed["Promo_MAIL_20260301"].size, listed["Promo_CONF_20260301"].size) == (300_000, 0)
        changed = listed["Promo_MAIL_20260301"].modified or endpoint.modified("Promo_MAIL_20260301")
        assert abs(changed.timestamp() - (server.folder / "Promo_MAIL_20260301").stat().st_mtime) <= 1
        copy = tmp_path / "copy"
        endpoint.download("Promo_MAIL_20260301", copy, size=300_000)
        assert copy.read_bytes() == data
        endpoint.download("Promo_CONF_20260301", copy, size=0)
        assert copy.read_bytes() == b""
        copy.write_bytes(data[:123_456])
        endpoint.download("Promo_MAIL_20260301", copy, size=300_000, resume=True)
        assert copy.read_bytes() == data
        endpoint.upload(copy, "a.tmp")
        assert endpoint.size("a.tmp") == 300_000
        endpoint.rename("a.tmp", "Promo_CONF_20260301")
        assert (server.folder / "Promo_CONF_20260301").read_bytes() == data
        endpoint.move("Promo_CONF_20260301", "feito/hoje")
        assert (server.folder / "feito/hoje/Promo_CONF_20260301").read_bytes() == data
        endpoint.delete("Promo_MAIL_20260301")
        endpoint.delete("Promo_MAIL_20260301")
        assert endpoint.size("Promo_MAIL_20260301") is None
        assert [file.name for file in endpoint.list()] == []
        endpoint.close()

    return contract
