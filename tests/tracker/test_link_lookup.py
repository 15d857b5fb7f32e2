"""A tracker on a host without the state: links come from link files."""

from __future__ import annotations

import pytest

from mpftp.adapters.store.database import Database
from mpftp.domain.tokens import TEST_DELIVERY_BASE, TokenKind
from mpftp.tracker import build_tracker, link_lookup
from mpftp.wiring.link_files import write_missing_link_files


def tracking(config, **settings):
    """*config* with other *settings* of its table."""
    return config.model_copy(update={"tracking": config.tracking.model_copy(update=settings)})


@pytest.fixture
def carried(house, tmp_path, monkeypatch):
    """The link files of the house's state, and a tracker that has nothing else."""
    monkeypatch.setattr(link_lookup, "FOLDER_CHECK_SECONDS", 0.0)
    house.config = tracking(house.config, links=tmp_path / "links")
    with Database(house.config.state) as db:
        write_missing_link_files(house.config, db)
    house.config.state.unlink()
    house.app = build_tracker(house.config, links=tmp_path / "links")
    return house


def test_clicks_are_answered_and_logged(carried):
    answer = carried.ask(carried.path(TokenKind.CLICK, link=1))
    assert (answer.status, answer.headers["Location"]) == (302, "https://loja.example/oferta?a=1")
    assert [event.link for event in carried.events()] == [1]


def test_a_link_with_a_merge_field_has_its_contacts_value(carried):
    answer = carried.ask(carried.path(TokenKind.CLICK, link=2))
    assert answer.headers["Location"] == "https://loja.example/u/7%2F8%20%C3%A7"


def test_only_what_links_need_is_in_the_files(carried, tmp_path):
    data = b"".join(path.read_bytes() for path in (tmp_path / "links").iterdir())
    assert b"7/8" in data
    assert b"ana@" not in data
    assert b"Ana" not in data


def test_the_opt_out_page_names_the_sender_and_opts_out(carried):
    path = carried.path(TokenKind.OPT_OUT)
    assert "Loja &amp; Cia" in carried.ask(path).text
    assert carried.ask(path, "POST", b"confirm=yes").status == 200
    assert [event.source for event in carried.events()] == ["link"]


def test_every_other_clients_page_is_in_its_language(carried):
    assert carried.ask(carried.path(TokenKind.OPT_OUT, "bob")).headers["Content-Language"] == "en"


def test_the_web_copy_is_asked_of_the_host_with_the_state(carried, tmp_path):
    path = carried.path(TokenKind.WEB)
    assert carried.ask(path).status == 503
    at_home = tracking(carried.config, home_url="https://home.acme.example/m/")
    carried.app = build_tracker(at_home, links=tmp_path / "links")
    answer = carried.ask("/m" + path)
    assert (answer.status, answer.headers["Location"]) == (302, "https://home.acme.example/m" + path)


def test_a_file_that_is_not_whole_yet_is_waited_for(carried, tmp_path):
    file = min((tmp_path / "links").iterdir())
    data = file.read_bytes()
    path = carried.path(TokenKind.CLICK, link=1)
    file.write_bytes(data[:-9])
    assert carried.ask(path).status == 503
    file.write_bytes(data)
    assert carried.ask(path).status == 302


def test_a_campaign_whose_file_has_not_come_is_waited_for_and_its_click_logged(carried, tmp_path):
    for file in (tmp_path / "links").iterdir():
        file.unlink()
    assert carried.ask(carried.path(TokenKind.CLICK, link=1)).status == 503
    assert len(carried.events()) == 1


def test_a_folder_that_is_away_for_a_while_stops_no_campaign_that_is_known(carried, tmp_path, caplog):
    caplog.set_level("INFO", "mpftp.track")
    known, other = (carried.path(TokenKind.CLICK, who, link=1) for who in ("ana", "bob"))
    assert carried.ask(known).status == 302
    (tmp_path / "links").rename(tmp_path / "away")
    assert [carried.ask(known).status for _ in range(3)] == [302] * 3
    assert carried.ask(other).status == 503
    assert [record.levelname for record in caplog.records].count("ERROR") == 1
    assert f"{tmp_path / 'links'}: cannot be read: No such file or directory" in caplog.text
    (tmp_path / "away").rename(tmp_path / "links")
    assert carried.ask(other).status == 302
    assert f"{tmp_path / 'links'}: can be read again" in caplog.messages


def test_one_name_without_a_file_behind_it_hides_no_other(carried, tmp_path):
    (tmp_path / "links" / "9-900-901.links").symlink_to(tmp_path / "gone")
    assert carried.ask(carried.path(TokenKind.CLICK, link=1)).status == 302


def test_a_file_that_could_not_be_read_is_tried_again_and_told_of_once(carried, monkeypatch, caplog):
    path = carried.path(TokenKind.CLICK, link=1)

    def refuse(folder, name):
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as broken:
        broken.setattr(link_lookup, "read_link_file", refuse)
        assert [carried.ask(path).status for _ in range(3)] == [503] * 3
    assert sum("cannot be read: Permission denied" in line for line in caplog.messages) == 1
    assert carried.ask(path).status == 302


def test_what_is_known_is_served_while_its_file_is_replaced(carried, tmp_path):
    path = carried.path(TokenKind.CLICK, link=1)
    file = min((tmp_path / "links").iterdir())
    data = file.read_bytes()
    assert carried.ask(path).status == 302
    file.write_bytes(data[: len(data) // 2])
    assert [carried.ask(path).status for _ in range(3)] == [302] * 3
    file.write_bytes(data)
    assert carried.ask(path).status == 302
    file.unlink()
    assert carried.ask(path).status == 503


def test_a_link_that_the_message_does_not_have_is_gone(carried):
    assert carried.ask(carried.path(TokenKind.CLICK, link=9)).status == 410


def test_a_test_message_is_answered_with_empty_values(carried):
    token = carried.signer.sign(TokenKind.CLICK, TEST_DELIVERY_BASE + 1, 2)
    assert carried.ask(f"/c/{token}").headers["Location"] == "https://loja.example/u/"
    assert carried.events() == []


def test_writing_again_leaves_what_is_there(house, tmp_path):
    house.config = tracking(house.config, links=tmp_path / "links")
    with Database(house.config.state) as db:
        write_missing_link_files(house.config, db)
        before = {path: path.stat().st_mtime_ns for path in (tmp_path / "links").iterdir()}
        write_missing_link_files(house.config, db)
    assert len(before) == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "links").iterdir()} == before
    assert {path.stat().st_mode & 0o777 for path in before} == {0o600}


def test_without_the_setting_there_are_no_link_files(house, tmp_path):
    with Database(house.config.state) as db:
        write_missing_link_files(house.config, db)
    assert not (tmp_path / "links").exists()
