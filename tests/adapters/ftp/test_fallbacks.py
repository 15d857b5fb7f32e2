"""What a visit does when the server refuses the usual way, or strays from the protocol."""

from __future__ import annotations

import time

import pytest

from mpftp.adapters.retry import RetryingEndpoint
from mpftp.errors import EndpointError, EndpointUnavailableError, Exit

FILES = {"Promo_MAIL_20260301": b"email\r\na@example.com\r\n", "Promo_CONF_20260301": b""}


def names(listing):
    return sorted(file.name for file in listing)


def verbs(server):
    return [command.split()[0] for command in server.commands]


@pytest.mark.parametrize(
    "refusal",
    ["550 Unable to handle command", "500 what?", "504 no", "530 not for you", "451 not now", "450 busy",
     "202 superfluous"],
)  # fmt: skip
def test_a_refused_mlsd_is_not_asked_for_again_in_the_visit(scripted, endpoint, refusal):
    server = scripted(FILES, MLSD=refusal)
    visit = endpoint(server)
    assert names(visit.list()) == names(visit.list()) == sorted(FILES)
    assert verbs(server).count("MLSD") == 1


def test_a_server_that_says_goodbye_is_not_asked_on(scripted, endpoint):
    server = scripted(FILES, MLSD="421 Timeout")
    with pytest.raises(EndpointUnavailableError, match="421"):
        endpoint(server).list()
    assert "LIST" not in verbs(server)


@pytest.mark.parametrize(
    "refusal",
    ["550 No files found.", "450 No files found.", "550 Directory is empty", "450 Nenhum arquivo encontrado",
     "550 The system cannot find the file specified.", "550 : No such file or directory",
     "450 no such file or directory."],
)  # fmt: skip
def test_an_empty_directory_may_be_told_by_a_refusal(scripted, endpoint, refusal):
    listing = endpoint(scripted(MLSD="500 what?", LIST=refusal)).list()
    assert not list(listing)
    assert not listing.not_understood


@pytest.mark.parametrize(
    ("replies", "error"),
    [
        ({"LIST": "550 Permission denied."}, EndpointError),
        ({"LIST": "550 Permission denied.", "SIZE": "550 Permission denied."}, EndpointError),
        ({"LIST": "550 Failed to open directory."}, EndpointError),
        ({"LIST": "550 No such file or directory", "CWD": "550 No such file or directory"}, EndpointError),
        ({"LIST": "450 Disk not ready"}, EndpointUnavailableError),
        ({"LIST": "451 No files, local error"}, EndpointUnavailableError),
    ],
)
def test_a_directory_that_cannot_be_listed_is_not_empty(scripted, endpoint, replies, error):
    with pytest.raises(error, match="cannot list the directory"):
        endpoint(scripted(MLSD="500 what?", **replies)).list()


@pytest.mark.parametrize(
    "refusal", ["550 Permission denied", "550 SIZE not allowed in ASCII mode.", "502 no"]
)
def test_where_no_size_is_told_the_listing_tells(scripted, endpoint, tmp_path, refusal):
    server = scripted(FILES, SIZE=refusal)
    (tmp_path / "new").write_bytes(b"new")
    visit = endpoint(server)
    visit.upload(tmp_path / "new", "a.tmp")
    assert (visit.size("a.tmp"), visit.size("Promo_CONF_20260301"), visit.size("x")) == (3, 0, None)
    visit.rename("a.tmp", "Promo_MAIL_20260301")
    assert server.files["Promo_MAIL_20260301"] == b"new"


def test_a_login_that_may_only_write_needs_no_listing(scripted, endpoint, tmp_path):
    (tmp_path / "new").write_bytes(b"new")
    server = scripted(MLSD="550 Permission denied", LIST="550 Permission denied")
    endpoint(server).upload(tmp_path / "new", "a")
    assert server.files == {"a": b"new"}


@pytest.mark.parametrize("mlsd", [{}, {"MLSD": "500 what?"}])
def test_a_listing_that_the_server_cut_is_none(scripted, endpoint, tmp_path, mlsd):
    """What is missing would be taken for gone, and a triplet for incomplete."""
    server = scripted(FILES, end="226 Output truncated to 2 matches", **mlsd)
    with pytest.raises(EndpointError, match="not all files are shown: 226 Output truncated to 2") as caught:
        endpoint(server).list()
    assert "old files moved or deleted" in caught.value.hint
    (tmp_path / "new").write_bytes(b"new")
    endpoint(server).upload(tmp_path / "new", "a")
    assert server.files["a"] == b"new"


@pytest.mark.parametrize("more", [{}, {"LIST": "550 Permission denied"}])
def test_facts_without_a_size_have_the_directory_listed_in_the_other_way(scripted, endpoint, more):
    server = scripted(FILES, "no size facts", **more)
    listing = endpoint(server).list()
    assert names(listing) == ([] if more else sorted(FILES))
    assert len(listing.not_understood) == (len(FILES) if more else 0)


def test_a_move_replaces_what_an_earlier_one_left_there(scripted, endpoint):
    server = scripted({"a": b"new", "feito/a": b"old"}, "replaces nothing")
    endpoint(server).move("a", "feito")
    assert server.files == {"feito/a": b"new"}


@pytest.mark.parametrize("refused", ["RNFR", "RNTO"])
def test_a_move_that_is_refused_for_another_reason_takes_nothing_away(scripted, endpoint, refused):
    server = scripted({"a": b"new", "feito/b": b"old"}, **{refused: "550 Permission denied"})
    with pytest.raises(EndpointError, match=r"cannot move a to feito: 550 Permission denied"):
        endpoint(server).move("a", "feito")
    assert server.files == {"a": b"new", "feito/b": b"old"}


@pytest.mark.parametrize("reply", ["450 busy", "550 no", "502 no"])
def test_a_time_that_is_not_told_stops_no_visit(scripted, endpoint, reply):
    visit = endpoint(scripted(FILES, MLSD="502 no", MDTM=reply))
    assert visit.modified("Promo_MAIL_20260301") is None
    assert names(visit.list()) == sorted(FILES)


@pytest.mark.parametrize("passive", [True, False])
def test_an_end_without_a_beginning_is_an_empty_listing(scripted, endpoint, passive):
    visit = endpoint(scripted({}, "no 150"), passive=passive, timeout=0.5)
    started = time.monotonic()
    assert not list(visit.list())
    assert visit.size("x") is None
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("passive", [True, False])
def test_a_second_end_confuses_nothing(scripted, endpoint, tmp_path, passive):
    server = scripted(FILES, "second 226")
    visit = endpoint(server, passive=passive)
    for _ in range(3):
        assert names(visit.list()) == sorted(FILES)
        assert visit.size("Promo_MAIL_20260301") == 22
        visit.download("Promo_MAIL_20260301", tmp_path / "copy", size=22)
        assert (tmp_path / "copy").read_bytes() == FILES["Promo_MAIL_20260301"]
        visit.upload(tmp_path / "copy", "a.tmp")
        visit.delete("a.tmp")
    assert server.connections == 1


@pytest.mark.parametrize("refused", ["PASV", "EPSV"])
@pytest.mark.parametrize(
    "reply", ["522 protocol not supported, use (1)", "501 denied", "500 what?", "425 no"]
)
def test_either_passive_command_stands_in_for_the_other(scripted, endpoint, refused, reply):
    server = scripted(FILES, **{refused: reply})
    visit = endpoint(server)
    assert names(visit.list()) == names(visit.list()) == sorted(FILES)
    assert verbs(server).count(refused) <= 1


def test_the_address_of_pasv_is_not_followed(scripted, endpoint):
    server = scripted(FILES, "private address")
    visit = endpoint(server)
    assert names(visit.list()) == sorted(FILES)
    assert visit.describe_ways() == "by MLSD and PASV"


def test_eprt_stands_in_for_port(scripted, endpoint):
    server = scripted(FILES, PORT="500 PORT what?")
    assert names(endpoint(server, passive=False).list()) == sorted(FILES)


def test_a_greeting_that_asks_to_wait_is_waited_for(scripted, endpoint):
    assert names(endpoint(scripted(FILES, "120"), timeout=0.2).list()) == sorted(FILES)


def test_an_ssh_server_is_named(scripted, endpoint):
    with pytest.raises(EndpointError, match="this is an SSH server") as caught:
        endpoint(scripted(FILES, "ssh")).list()
    assert "sftp://" in caught.value.hint
    assert caught.value.exit_code is Exit.FAILURE


def test_bytes_that_are_all_here_are_not_fetched_again(scripted, endpoint, tmp_path):
    server = scripted(FILES)
    visit = RetryingEndpoint(endpoint(server, timeout=0.5), 30, sleep=lambda seconds: None)
    assert names(visit.list()) == sorted(FILES)
    server.sins.add("no 226")
    visit.download("Promo_MAIL_20260301", tmp_path / "copy", size=22)
    assert (tmp_path / "copy").read_bytes() == FILES["Promo_MAIL_20260301"]
    assert verbs(server).count("RETR") == 1


def test_a_copy_of_a_file_that_has_changed_is_fetched_again(scripted, endpoint, tmp_path):
    server = scripted(FILES)
    (tmp_path / "copy").write_bytes(b"x" * 22)
    server.files["Promo_MAIL_20260301"] = b"y" * 30
    endpoint(server).download("Promo_MAIL_20260301", tmp_path / "copy", size=30, resume=True)
    assert (tmp_path / "copy").stat().st_size == 30


def test_what_a_cut_run_left_goes_before_an_upload(scripted, endpoint, tmp_path):
    """A server that never replaces would store beside it, and the rename would publish the old bytes."""
    (tmp_path / "new").write_bytes(b"right")
    server = scripted({"a.tmp": b"stale"}, "keeps old files")
    endpoint(server).upload(tmp_path / "new", "a.tmp")
    assert server.files == {"a.tmp": b"right"}


def test_an_upload_beside_what_cannot_be_deleted_is_no_success(scripted, endpoint, tmp_path):
    (tmp_path / "new").write_bytes(b"right")
    server = scripted({"a.tmp": b"stale"}, "keeps old files", DELE="550 Permission denied")
    with pytest.raises(EndpointError, match="keeps the file that lies there"):
        endpoint(server).upload(tmp_path / "new", "a.tmp")


@pytest.mark.parametrize("sins", [(), ("keeps old files",)])
def test_an_upload_of_the_old_size_is_judged_by_its_bytes(scripted, endpoint, tmp_path, sins):
    """Where nothing may be deleted, some servers replace and some store beside it."""
    server = scripted({"a": b"old"}, *sins, DELE="550 denied")
    visit = endpoint(server)
    (tmp_path / "new").write_bytes(b"new")
    if sins:
        with pytest.raises(EndpointError, match="the server keeps the file"):
            visit.upload(tmp_path / "new", "a")
    else:
        visit.upload(tmp_path / "new", "a")
        assert server.files["a"] == b"new"


def test_an_upload_of_which_not_all_arrives_is_no_success(scripted, endpoint, tmp_path):
    (tmp_path / "new").write_bytes(b"right")
    sizes = iter(["550 No such file", "213 3"])
    server = scripted({}, SIZE=lambda: next(sizes))
    with pytest.raises(EndpointUnavailableError, match="3 of 5 bytes arrived"):
        endpoint(server).upload(tmp_path / "new", "a.tmp")


def test_an_upload_whose_bytes_are_all_there_is_not_sent_again(scripted, endpoint, tmp_path):
    (tmp_path / "new").write_bytes(b"right")
    server = scripted({"a.tmp": b"stale"}, "no 226")
    visit = RetryingEndpoint(endpoint(server, timeout=0.5), 30, sleep=lambda seconds: None)
    visit.upload(tmp_path / "new", "a.tmp")
    assert server.files == {"a.tmp": b"right"}
    assert verbs(server).count("STOR") == 1


@pytest.mark.parametrize("doubt", ["half arrived", "another file", "no deletion", "451"])
def test_an_upload_in_doubt_is_sent_again(scripted, endpoint, tmp_path, doubt):
    """What lies there need not be what was sent, even if it has as many bytes."""
    source = tmp_path / "new"
    source.write_bytes(b"right")
    refusal = {"DELE": "550 no"} if doubt == "no deletion" else {}
    server = scripted({"a.tmp": b"stale"}, "451" if doubt == "451" else "no 226", **refusal)
    visit = endpoint(server, timeout=0.5)
    with pytest.raises(EndpointUnavailableError):
        visit.upload(source, "a.tmp")
    if doubt == "half arrived":
        server.files["a.tmp"] = b"rig"
    elif doubt == "another file":
        source = tmp_path / "newer"
        source.write_bytes(b"newer")
    server.sins.clear()
    visit.upload(source, "a.tmp")
    assert server.files == {"a.tmp": source.read_bytes()}
    assert verbs(server).count("STOR") == 2
