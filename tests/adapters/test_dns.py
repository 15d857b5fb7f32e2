"""DNS through a real resolver, against a small server of our own on loopback."""

from __future__ import annotations

import socket
import threading

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from mpftp.adapters.dns import DnsResolver
from mpftp.domain.deliverability.dns import LookupFailedError

ZONE = {
    ("long.example.", "TXT"): '"v=DKIM1; p=' + "A" * 240 + '" "' + "B" * 60 + '"',
    ("mail.example.", "MX"): "10 mx.mail.example.",
    ("mail.example.", "A"): "192.0.2.1",
}


@pytest.fixture
def asked():
    return []


@pytest.fixture
def resolver(asked):
    """A resolver of a server that knows ``ZONE`` and fails for what is under broken.example."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve():
        while True:
            data, peer = server.recvfrom(4096)
            if data == b"end":
                return
            server.sendto(answer(dns.message.from_wire(data), asked), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    address = server.getsockname()
    yield DnsResolver(["127.0.0.1"], port=address[1], seconds=2)
    server.sendto(b"end", address)
    thread.join()
    server.close()


def answer(query, asked):
    question = query.question[0]
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    asked.append((name, kind))
    reply = dns.message.make_response(query)
    reply.flags |= dns.flags.RA
    if name.endswith("broken.example."):
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif (name, kind) in ZONE:
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", kind, ZONE[name, kind]))
    elif not any(name == known for known, _ in ZONE):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


def test_a_long_text_comes_in_one_piece(resolver):
    assert resolver("long.example", "TXT") == ["v=DKIM1; p=" + "A" * 240 + "B" * 60]


def test_other_records_come_as_zone_files_have_them(resolver):
    assert resolver("mail.example", "MX") == ["10 mx.mail.example."]
    assert resolver("mail.example.", "A") == ["192.0.2.1"]


@pytest.mark.parametrize(("name", "kind"), [("none.example", "A"), ("mail.example", "TXT"), ("a..b", "A")])
def test_what_is_not_there_is_an_empty_answer(resolver, name, kind):
    assert resolver(name, kind) == []


def test_a_server_that_fails_is_no_answer(resolver):
    with pytest.raises(LookupFailedError, match=r"broken\.example TXT"):
        resolver("broken.example", "TXT")


def test_each_question_is_asked_once(resolver, asked):
    for name in ("mail.example", "MAIL.example."):
        resolver(name, "A")
    assert asked == [("mail.example.", "A")]
