"""A running tracker and its file of signing keys."""

from __future__ import annotations

import time
import urllib.error
import urllib.request

from mpftp.adapters.keys import add_key, load_signing_keys, remove_key
from mpftp.domain.tokens import Signer, TokenKind

PROMPT_SECONDS = 1.0


def status(address):
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def statuses_after(served, change, address):
    """What *address* answers until a second after *change*, and each of a dozen times then."""
    assert status(address) == 200
    change()
    deadline = time.monotonic() + PROMPT_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.05)
    return {status(address) for _ in range(12)}


def test_a_key_that_is_taken_out_stops_working_within_a_second(serve, story):
    """Old links alone are asked for: no unknown token makes the tracker look."""
    served, path = serve(), story().db.path.with_name("tracking.keys")
    old = served.address(TokenKind.OPEN, 1)
    add_key(path)
    new = f"{served.url}/o/{Signer(load_signing_keys(path)).sign(TokenKind.OPEN, 1)}"

    def take_out():
        path.write_text(path.read_text().splitlines(True)[1])

    assert statuses_after(served, take_out, old) == {404}
    assert status(new) == 200


def test_a_revoked_key_stops_working_and_a_lost_file_does_not_stop_the_others(serve, story):
    served, path = serve(), story().db.path.with_name("tracking.keys")
    old = served.address(TokenKind.OPT_OUT, 1)
    add_key(path)
    new = f"{served.url}/u/{Signer(load_signing_keys(path)).sign(TokenKind.OPT_OUT, 1)}"
    assert statuses_after(served, lambda: remove_key(path, 0), old) == {404}
    assert statuses_after(served, path.unlink, new) == {200}
    assert status(old) == 404
    assert not path.exists()
