"""The served tracker under kills, a locked state and hostile requests, over real sockets."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from mpftp.adapters.store.events import EventStore
from mpftp.domain.clock import system_clock
from mpftp.domain.tokens import TokenKind
from mpftp.stages.event_import import import_events

pytestmark = pytest.mark.real

READERS = 8


@pytest.fixture
def tracker(serve, story):
    told = story(links=["https://loja.example/a", "https://loja.example/b"])
    served = serve()
    served.delivery = told.deliveries["ana@example.com"]
    return served


def get(url, path, method="GET", headers=None, body=None):
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def click(served, link=1):
    return urlsplit(served.address(TokenKind.CLICK, served.delivery, link)).path


def test_no_answered_click_is_lost_when_the_tracker_is_killed_and_the_state_is_locked(tracker, serve, db):
    path, answered = click(tracker), []

    def read_on():
        while True:
            try:
                status, _, _ = get(tracker.url, path)
            except (OSError, http.client.HTTPException):
                return
            answered.append(status)

    with db.transaction():
        db.execute("UPDATE delivery SET reply = 'held for minutes'")
        readers = [threading.Thread(target=read_on) for _ in range(READERS)]
        for reader in readers:
            reader.start()
        while len(answered) < 100:
            time.sleep(0.001)
        os.kill(tracker.process.pid, signal.SIGKILL)
        for reader in readers:
            reader.join()
    assert set(answered) == {302}
    taken = import_events(EventStore(db), tracker.folder / "spool" / "events", system_clock)
    assert taken.damaged == 0
    assert len(answered) <= taken.added <= len(answered) + READERS
    again = serve()
    assert get(again.url, path)[0] == 302
    assert import_events(EventStore(db), tracker.folder / "spool" / "events", system_clock).added == 1


def test_a_polite_end_answers_what_was_asked_before(tracker):
    assert get(tracker.url, click(tracker))[0] == 302
    tracker.process.send_signal(signal.SIGTERM)
    out, err = tracker.process.communicate(timeout=30)
    assert (tracker.process.returncode, out, err) == (0, "", "")


HOSTILE = [
    b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /c/%00%ff%fe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /c/\xff\xfe\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"BREW /o/abc HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET http://evil.example/c/abc HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /c/abc HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /o/abc HTTP/1.1\r\nHost: x\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
    b"GET /o/abc HTTP/1.1\r\nHost: x\r\nUser-Agent: a\x00b\r\nContent-Length: -5\r\n\r\n",
    b"POST /u/abc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
    b"POST /u/abc HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    b"\r\n\r\n\r\n",
    random.Random(1).randbytes(5000),
]


def test_hostile_requests_get_no_more_than_an_error_and_write_nothing(tracker):
    parts = urlsplit(tracker.url)
    answers = {}
    for number, content in enumerate(HOSTILE):
        with socket.create_connection((parts.hostname, parts.port), timeout=30) as connection:
            try:
                connection.sendall(content)
                with contextlib.suppress(OSError):  # the server may have hung up by now
                    connection.shutdown(socket.SHUT_WR)
                answers[number] = connection.recv(100)
            except ConnectionError:
                answers[number] = b""
        assert tracker.process.poll() is None, number
    refusals = (b"400", b"404", b"405", b"413", b"414", b"431", b"501", b"505")
    wrong = {
        number: answer for number, answer in answers.items() if answer and answer.split()[1] not in refusals
    }
    assert not wrong
    assert tracker.events() == []
    assert get(tracker.url, click(tracker))[0] == 302


def test_a_header_cannot_be_smuggled_into_the_log_or_the_answer(tracker):
    agent = 'a","kind":"opt-out","delivery":1,"x":"\\n{"kind":"opt-out","delivery":1,"at":1}'
    status, headers, _ = get(
        tracker.url, click(tracker) + "?x=%0d%0aSet-Cookie:%20a=b", headers={"User-Agent": agent}
    )
    assert (status, headers["Location"]) == (302, "https://loja.example/a")
    assert "Set-Cookie" not in headers
    [event] = tracker.events()
    assert (event.kind, event.agent) == ("click", agent)


def test_a_reader_who_never_finishes_asking_keeps_nobody_waiting(tracker):
    parts = urlsplit(tracker.url)
    slow = [socket.create_connection((parts.hostname, parts.port), timeout=30) for _ in range(300)]
    for connection in slow:
        connection.sendall(b"GET /c/abc HTTP/1.1\r\nHost:")
    assert get(tracker.url, click(tracker))[0] == 302
    for connection in slow:
        connection.close()


def test_a_large_body_is_passed_over_and_a_huge_one_refused(tracker):
    path = urlsplit(tracker.address(TokenKind.OPT_OUT, tracker.delivery)).path
    assert get(tracker.url, path, "POST", body=b"confirm=yes&" + b"a" * 500_000)[0] == 200
    assert [(event.kind, event.source) for event in tracker.events()] == [("opt-out", "link")]
    assert get(tracker.url, path, "POST", headers={"Content-Length": "2000000000"})[0] == 413
    assert len(tracker.events()) == 1
