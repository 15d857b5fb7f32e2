"""``doctor``: the first thing that fails is named, and what to do about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mpftp.adapters.folder import FolderEndpoint
from mpftp.domain.deliverability.checks import CheckGrade
from mpftp.domain.endpoint import RemoteFile, RemoteListing
from mpftp.domain.file_names import UPLOAD_BY_RENAME
from mpftp.errors import EndpointError, Exit, TransportError, TryLaterError
from mpftp.stages import doctor
from mpftp.stages.doctor import (
    check_client,
    check_disk,
    check_mailbox,
    check_mailbox_mode,
    check_relay,
    check_reply_timeout,
    check_state,
    check_tracker,
    exit_code,
)
from tests.settings import DIRECT_UPLOAD

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class At(FolderEndpoint):
    """A folder whose files were all changed at one time."""

    def __init__(self, path, modified=NOW):
        super().__init__(path)
        self._modified = modified

    def modified(self, name):
        super().modified(name)
        return self._modified


def told(checks):
    return [(check.topic, check.grade) for check in checks]


def client(endpoint, steps=()):
    return list(check_client("acme", lambda: steps, endpoint, lambda: NOW, UPLOAD_BY_RENAME))


def test_a_sound_server_leaves_no_trace_of_the_visit(tmp_path):
    checks = client(At(tmp_path), [("login", "as ana", "")])
    assert told(checks) == [
        (topic, CheckGrade.GOOD) for topic in ("login", "directory", "write", "time", "rename", "delete")
    ]
    assert list(tmp_path.iterdir()) == []
    assert exit_code(checks) is Exit.OK


def test_a_failing_step_ends_the_examination_with_its_remedy(tmp_path):
    def steps():
        yield "connect", "220 hi", ""
        raise EndpointError("cannot log in: 530", hint="check user and password")

    checks = list(check_client("acme", steps, At(tmp_path), lambda: NOW, UPLOAD_BY_RENAME))
    assert told(checks) == [("connect", CheckGrade.GOOD), ("server", CheckGrade.BAD)]
    assert (checks[1].detail, checks[1].remedy) == ("cannot log in: 530", "check user and password")
    assert exit_code(checks) is Exit.FAILURE


@pytest.mark.parametrize(
    ("passed", "hint", "is_asked"),
    [("login", "set passive = false", True), ("TLS", 'set tls = "explicit"', True),
     ("connect", "the port does not speak TLS", True), ("TLS", "check user and password", False),
     ("name", "check endpoint and port", False)],
)  # fmt: skip
def test_settings_that_work_are_told_unless_the_login_fails(tmp_path, passed, hint, is_asked):
    def steps():
        yield passed, "found", ""
        raise EndpointError("cannot", hint=hint)

    checks = list(
        check_client("acme", steps, At(tmp_path), lambda: NOW, UPLOAD_BY_RENAME, lambda: "passive = false")
    )
    remedies = [check.remedy for check in checks if check.topic == "settings"]
    assert remedies == (["write in [clients.acme]: passive = false"] if is_asked else [])


def test_no_settings_are_tried_on_a_server_that_is_not_trusted(tmp_path):
    def steps():
        yield "connect", "220 hi", ""
        raise EndpointError("the certificate cannot be trusted", hint='tls = "none" goes without TLS')

    checks = list(check_client("acme", steps, At(tmp_path), lambda: NOW, UPLOAD_BY_RENAME, lambda: "no"))
    assert [check.topic for check in checks] == ["connect", "server"]


class Stubborn(At):
    """A folder in which nothing may be renamed."""

    def rename(self, old, new):
        raise EndpointError(f"cannot rename {old} to {new}: 550")


def test_a_login_that_may_not_rename_is_told_the_setting(tmp_path):
    *_, refused = client(Stubborn(tmp_path))
    assert (refused.grade, refused.detail[:13]) == (CheckGrade.BAD, "cannot rename")
    assert 'upload = "direct"' in refused.remedy
    assert list(tmp_path.iterdir()) == []


def test_a_client_with_direct_uploads_is_not_asked_to_rename(tmp_path):
    checks = list(check_client("acme", list, Stubborn(tmp_path), lambda: NOW, DIRECT_UPLOAD))
    assert told(checks) == [(topic, CheckGrade.GOOD) for topic in ("directory", "write", "time", "delete")]


def test_advice_is_a_warning_and_no_failure(tmp_path):
    checks = client(At(tmp_path), [("TLS", "not used", "use it")])
    assert checks[0].grade is CheckGrade.WARNING
    assert exit_code(checks) is Exit.OK


@pytest.mark.parametrize(
    ("modified", "said"), [(NOW + timedelta(minutes=10), "+600 seconds off"), (None, "not tell")]
)
def test_a_clock_that_is_off_or_hidden(tmp_path, modified, said):
    check = next(check for check in client(At(tmp_path, modified)) if check.topic == "time")
    assert check.grade is CheckGrade.WARNING
    assert said in check.detail


@pytest.mark.parametrize("action", ["upload", "rename"])
def test_a_login_that_may_only_read(tmp_path, action):
    folder = At(tmp_path)

    def refuse(*arguments):
        raise EndpointError("550 no", hint="ask for the right to write")

    setattr(folder, action, refuse)
    assert client(folder)[-1].grade is CheckGrade.BAD
    assert list(tmp_path.iterdir()) == []


def test_a_login_that_may_not_delete(tmp_path):
    folder = At(tmp_path)
    folder.delete = lambda name: None
    assert client(folder)[-1].detail.endswith("is still there")


def test_names_in_another_encoding(tmp_path):
    folder = At(tmp_path)
    folder.list = lambda: [RemoteFile("Promo\udce7\udce3o_CONF_20260301", 1, NOW), RemoteFile("a", 1, NOW)]
    check = client(folder)[0]
    assert (check.grade, check.detail) == (CheckGrade.WARNING, "1 name is not UTF-8, of 2 files")


def test_the_relay():
    def refuse():
        raise TransportError("relay:25: login refused", hint="check [smtp]")

    assert check_relay("relay:25", lambda: frozenset({"PIPELINING"})).grade is CheckGrade.GOOD
    assert check_relay("relay:25", frozenset).grade is CheckGrade.WARNING
    assert check_relay("relay:25", refuse).detail == "relay:25: login refused"


def test_a_relay_that_gets_too_little_time():
    assert check_reply_timeout("relay:25", 300) is None
    hasty = check_reply_timeout("relay:25", 60)
    assert hasty.grade is CheckGrade.WARNING
    assert hasty.detail == "gets only 60 s for a reply (timeout_seconds)"


def test_the_mailbox_of_delivery_reports():
    def refuse():
        raise EndpointError("/var/bounces: not a Maildir", hint="name another")

    assert check_mailbox("/m", lambda: True).grade is CheckGrade.GOOD
    assert check_mailbox("/m", lambda: False).grade is CheckGrade.WARNING
    assert check_mailbox("/m", refuse).remedy == "name another"


ROBOTS = "User-agent: *\nDisallow: /\n"


@pytest.mark.parametrize(
    ("url", "answer", "grades"),
    [
        ("https://t.example", (200, ROBOTS, NOW), [CheckGrade.GOOD]),
        ("http://t.example", (200, ROBOTS, None), [CheckGrade.WARNING]),
        ("https://t.example", (404, "", NOW), [CheckGrade.BAD]),
        ("https://t.example", (200, "welcome", NOW), [CheckGrade.BAD]),
        ("https://t.example", (200, ROBOTS, NOW - timedelta(hours=1)), [CheckGrade.GOOD, CheckGrade.WARNING]),
    ],
)
def test_the_tracker(url, answer, grades):
    asked = []

    def look(address):
        asked.append(address)
        return answer

    assert [check.grade for check in check_tracker(url, look, lambda: NOW)] == grades
    assert asked == [f"{url}/robots.txt"]


def test_a_tracker_that_is_away():
    def look(address):
        raise TryLaterError(f"{address}: no answer")

    assert [check.remedy for check in check_tracker("https://t.example", look, lambda: NOW)] == [
        "start `mpftp track`, or correct tracking.base_url"
    ]


def test_the_state_file(tmp_path):
    path = tmp_path / "state.db"
    assert check_state(path, list).grade is CheckGrade.WARNING
    path.touch()
    assert check_state(path, list).grade is CheckGrade.GOOD
    assert check_state(path, lambda: ["row 7 is missing"]).detail == "row 7 is missing"


def test_the_disk(tmp_path):
    may_write = bool  # every path is true
    assert check_disk(tmp_path / "not/yet", lambda path: 5 * 10**9, may_write).detail == "5.0 GB free"
    assert check_disk(tmp_path, lambda path: 10**6, may_write).grade is CheckGrade.BAD
    denied = check_disk(tmp_path, lambda path: 5 * 10**9, lambda path: False)
    assert denied.grade is CheckGrade.BAD
    assert denied.detail.startswith("permission denied for user ")


@pytest.mark.parametrize(("hours", "said"), [(-3, "-3 hours"), (3, "+3 hours"), (5.5, "+5.5 hours")])
def test_a_server_with_local_times_is_no_trouble(tmp_path, hours, said):
    check = doctor._server_clock("acme", NOW + timedelta(hours=hours, seconds=20), NOW)
    assert check.grade is CheckGrade.GOOD
    assert said in check.detail


def test_lines_that_were_not_understood_are_told():
    listing = RemoteListing([], ("?rw- 9 Promo_MAIL_20260301",))
    check = doctor._listing("acme", listing, "by LIST and PASV")
    assert check.grade is CheckGrade.WARNING
    assert "?rw- 9 Promo_MAIL_20260301" in check.detail


@pytest.mark.parametrize(
    ("mode", "told"), [(0o40700, False), (0o100660, False), (0o40755, True), (0o100604, True)]
)
def test_a_mailbox_that_others_may_read_is_told(mode, told):
    found = check_mailbox_mode("/var/mail/bounces", mode)
    assert bool(found) is told
    assert not found or (found.grade, found.remedy) == (
        CheckGrade.WARNING,
        "run: chmod o-rwx /var/mail/bounces",
    )
