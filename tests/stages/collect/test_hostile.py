"""Servers that speak FTP badly on purpose: a clear error for that client, in time, nothing else harmed."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import closing, suppress

import pytest

from mpftp.adapters.ftp import FtpEndpoint
from mpftp.adapters.retry import RetryingEndpoint
from mpftp.domain.triplets.pickup import WaitReason
from mpftp.errors import EndpointProtocolError, EndpointUnavailableError
from tests.settings import ftp_settings

FACTS = "type=file;size=10;modify=20260301090000; "
WHOLE = "".join(f"{FACTS}Promo_{kind}_20260301\r\n" for kind in ("CONF", "HTML", "MAIL")).encode()

pytestmark = pytest.mark.real


class Hostile:
    """A server that says what the table tells it to: bytes, or an iterable of bytes, for each command.

    MLSD and RETR take what goes over the data connection. ``None`` is silence.
    """

    def __init__(self, **says):
        self.says = {
            "BANNER": b"220 ready\r\n", "USER": b"331 more\r\n", "PASS": b"230 in\r\n", "OPTS": b"200 ok\r\n",
            "CWD": b"250 ok\r\n", "TYPE": b"200 ok\r\n", "PASV": self.passive, "MLSD": WHOLE,
            "RETR": b"x" * 10, "QUIT": b"221 bye\r\n", "SIZE": b"213 10\r\n",
        } | says  # fmt: skip
        self.commands = []
        self._data = socket.create_server(("127.0.0.1", 0))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.data_port = self._data.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def passive(self, host="127,0,0,1"):
        return f"227 go ({host},{self.data_port // 256},{self.data_port % 256})\r\n".encode()

    def _serve(self):
        with suppress(OSError):
            while True:
                threading.Thread(target=self._talk, args=(self._listener.accept()[0],), daemon=True).start()

    def _talk(self, client):
        with closing(client), suppress(OSError):
            pour(client, self.says["BANNER"])
            for line in client.makefile("rb"):
                self.commands.append(line.decode("latin-1").strip())
                verb = self.commands[-1].split()[0]
                said = self.says.get(verb, b"500 what?\r\n")
                said = said() if callable(said) else said
                if said is None:
                    continue
                if verb in ("MLSD", "RETR") and not (isinstance(said, bytes) and said[:1] in b"45"):
                    client.sendall(b"150 coming\r\n")
                    with closing(self._data.accept()[0]) as data:
                        pour(data, said)
                    client.sendall(self.says.get("DONE", b"226 done\r\n"))
                else:
                    pour(client, said)

    def close(self):
        self._listener.close()
        self._data.close()


def pour(sock, said):
    for piece in [said] if isinstance(said, bytes) else said:
        sock.sendall(piece)


@pytest.fixture
def hostile():
    """A function that starts such a server."""
    servers = []

    def start(**says):
        servers.append(Hostile(**says))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def endpoint():
    """A function that makes the endpoint of such a server."""
    made = []

    def make(server, **changes):
        values = {"timeout": 1.0, "visit_seconds": 20.0} | changes
        made.append(FtpEndpoint(ftp_settings("127.0.0.1", server.port, "u", lambda: "p", **values)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def endless(piece):
    return itertools.repeat(piece)


def drip(piece):
    while True:
        time.sleep(0.05)
        yield piece


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ({"BANNER": b"220-" + b"x" * 5_000_000 + b"\r\n"}, "a line of more than 8192 bytes"),
        ({"BANNER": b"220-hello\r\n" * 500_000}, "a reply of more than 65536 bytes"),
        ({"BANNER": b"hello\r\n"}, "hello"),
        ({"USER": endless(b"331-more\r\n")}, "a reply of more than 65536 bytes"),
        ({"MLSD": endless(b"x" * 1000 + b"\r\n")}, "a listing of more than 16777216 bytes"),
        ({"MLSD": b"y" * 10_000}, "a line of more than 8192 bytes in a listing"),
        ({"PASV": b"227 go (1,2,3)\r\n"}, "227 go"),
        ({"PASV": b"\xff\xfe\x00\r\n"}, "cannot list the directory"),
    ],
    ids=["long banner line", "endless banner", "no FTP", "endless reply", "endless listing", "long name",
         "no address", "binary"],
)  # fmt: skip
def test_rules_broken(hostile, site, says, told, endpoint):
    site.put()
    started = time.monotonic()
    visit = site.run(endpoint=endpoint(hostile(**says)))
    assert isinstance(visit.errors[0], EndpointProtocolError), visit.errors
    assert told in visit.errors[0].message
    assert time.monotonic() - started < 10
    assert len(visit.errors[0].message) < 400
    assert not [path for path in site.spool.rglob("*") if path.is_file()]


@pytest.mark.parametrize("verb", ["USER", "PASS", "PASV", "MLSD"])
def test_silence_ends_at_the_time_limit(hostile, site, verb, endpoint):
    started = time.monotonic()
    visit = site.run(endpoint=endpoint(hostile(**{verb: None}), timeout=0.3))
    assert isinstance(visit.errors[0], EndpointUnavailableError)
    assert visit.errors[0].message.endswith("no answer in time")
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("says", [{"USER": drip(b"3")}, {"MLSD": drip(b"x")}], ids=["reply", "listing"])
def test_a_drip_ends_with_the_visit(hostile, site, says, endpoint):
    started = time.monotonic()
    visit = site.run(endpoint=endpoint(hostile(**says), visit_seconds=0.5))
    assert isinstance(visit.errors[0], EndpointUnavailableError)
    assert time.monotonic() - started < 5


def test_the_address_of_pasv_is_not_followed(hostile, site, tmp_path, endpoint):
    elsewhere = socket.create_server(("127.0.0.2", 0))
    server = hostile()
    server.says["PASV"] = lambda: server.passive("127,0,0,2")
    with closing(elsewhere), closing(endpoint(server)) as client:
        assert len(client.list()) == 3
        elsewhere.settimeout(0.1)
        with pytest.raises(TimeoutError):
            elsewhere.accept()


NAMES = [
    "../Promo_MAIL_20260301", "/etc/Promo_MAIL_20260301", "..\\Promo_MAIL_20260301", "Promo\0_MAIL_20260301",
    "Pro\rmo_MAIL_20260301", "x" * 5000 + "_MAIL_20260301", "../../../../tmp/x", "..", "",
    "Promo_MAIL_20260301/../x", "\udcff_MAIL_20260301",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=[repr(name)[:30] for name in NAMES])
def test_names_that_are_paths_reach_no_path(hostile, site, tmp_path, name, endpoint):
    site.spool.mkdir()
    raw = name.encode("utf-8", "surrogateescape")
    listing = b"".join(
        FACTS.encode() + raw.replace(b"MAIL", kind) + b"\r\n" for kind in (b"CONF", b"HTML", b"MAIL")
    )
    server = hostile(MLSD=listing)
    before = everything(tmp_path)
    visit = site.run(endpoint=endpoint(server))
    assert not visit.taken
    assert not [error for error in visit.errors if "defect" in error.message]
    assert not [command for command in server.commands if command.startswith("RETR")]
    assert everything(tmp_path) == before


def everything(path):
    return sorted(
        str(one) for one in path.rglob("*") if one.is_file() and not one.name.startswith("state.db")
    )


def test_a_size_that_lies_writes_no_more_than_was_said(hostile, tmp_path, endpoint):
    server = hostile(RETR=endless(b"z" * 100_000))
    target = tmp_path / "x"
    with pytest.raises(EndpointUnavailableError, match="longer than the listing said"):
        endpoint(server).download("Promo_MAIL_20260301", target, size=10)
    assert target.stat().st_size <= 10


def test_a_size_that_lies_leaves_the_triplet(hostile, site, endpoint):
    visit = site.run(endpoint=endpoint(hostile(RETR=b"z" * 9)))
    assert [held.reason for held in visit.plan.waiting] == [WaitReason.UPLOADING]
    assert not visit.taken


def test_a_size_beyond_all_disks_is_refused_before_the_download(hostile, site, endpoint):
    server = hostile(MLSD=WHOLE.replace(b"size=10", b"size=99999999999999999999"))
    visit = site.run(endpoint=endpoint(server))
    assert [group.rule for group in visit.refused[0].findings.groups()] == ["SET009"] * 3
    assert not [command for command in server.commands if command.startswith("RETR")]


def test_names_in_another_encoding_are_told_with_the_remedy(hostile, site, endpoint):
    listing = "".join(f"{FACTS}Promoção_{kind}_20260301\r\n" for kind in ("CONF", "HTML", "MAIL"))
    visit = site.run(endpoint=endpoint(hostile(MLSD=listing.encode("latin-1") + WHOLE)))
    assert "3 files have names in another encoding" in visit.errors[0].message
    assert 'encoding = "latin-1"' in visit.errors[0].hint
    assert [pickup.key.name for pickup in visit.plan.ready] == ["Promo"]


def test_a_broken_download_goes_on_where_it_broke(hostile, tmp_path, endpoint):
    """426 in the middle (RFC 959, section 5.4), then REST: no byte comes twice."""
    server = hostile(REST=b"350 go on\r\n")
    data = bytes(range(256)) * 400

    def send():
        asked = [command.split() for command in server.commands]
        place = int(asked[-2][1]) if asked[-2][0] == "REST" else 0
        server.says["DONE"] = b"426 broken\r\n" if place + 30_000 < len(data) else b"226 done\r\n"
        return data[place : place + 30_000]

    server.says["RETR"] = send
    target = tmp_path / "x"
    patient = RetryingEndpoint(endpoint(server), 60, sleep=lambda seconds: None)
    patient.download("Promo_MAIL_20260301", target, size=len(data))
    assert target.read_bytes() == data
    assert [command for command in server.commands if command.startswith("REST")] == [
        "REST 30000", "REST 60000", "REST 90000",
    ]  # fmt: skip


def test_the_servers_words_cannot_forge_lines(hostile, site, endpoint):
    server = hostile(PASS=b"530-no\r\n\x1b[31mmpftp: all is well\r\n530 no\r\n")
    what = site.run(endpoint=endpoint(server)).errors[0].message
    assert "\n" not in what
    assert "\x1b" not in what


def test_a_stranger_who_connects_in_active_mode_is_not_listened_to(hostile, endpoint):
    """Loopback has many addresses: the data connection comes from one that is not the server's."""

    def intrude(argument):
        *_, high, low = argument.split(",")
        stranger = socket.socket()
        stranger.bind(("127.0.0.3", 0))
        stranger.connect(("127.0.0.1", int(high) * 256 + int(low)))
        return stranger

    server = hostile()
    strangers = []

    def listing():
        strangers.append(intrude([command for command in server.commands if command.startswith("PORT")][-1]))
        return b"150 coming\r\n"

    server.says |= {"PORT": b"200 ok\r\n", "MLSD": b"500 no\r\n", "LIST": listing}
    with pytest.raises(EndpointProtocolError, match="a data connection from another host"):
        endpoint(server, passive=False).list()
    for stranger in strangers:
        stranger.close()
