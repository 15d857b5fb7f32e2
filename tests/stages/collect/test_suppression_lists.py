"""A client's own suppression file: read, answered, read again, refused, and never half of it."""

from __future__ import annotations

import csv

import pytest

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.overview import Overview
from mpftp.adapters.store.suppression import SuppressionList
from mpftp.domain.results.wording import Support
from mpftp.domain.triplets.pickup import WaitReason
from mpftp.stages.status import read_status
from tests.settings import stability_policy
from tests.stages.collect.conftest import MAIL

NAME = "Saidas_SUPRESSAO_20260301"
RECEIPT = "Saidas_RECIBO_20260301"
ERROR = "Saidas_ERRO_20260301"
TEXT = "motivo;email;data\r\nligou;ana@exemplo.com.br;2/3\r\n;ANA@exemplo.com.br;\r\n;sem endereço;\r\n"


def listed(site):
    """(address, reason, source) of everybody on the client's list."""
    with Database(site.state) as db:
        return [(one.email, one.reason, one.source) for one in SuppressionList(db).rows("acme")]


def figures(site, name=RECEIPT):
    rows = list(csv.reader(site.read(name).splitlines(), delimiter=";"))
    return {item: value for item, value, _ in rows[1:]}


def test_it_goes_on_the_clients_list_and_is_answered_though_receipts_are_off(site):
    site.lay(NAME, TEXT.encode("cp1252"))
    visit = site.run(support=Support("Loja", "ajuda@exemplo.com.br", ""))
    assert listed(site) == [("ana@exemplo.com.br", "client", NAME)]
    assert [(one.receipt.lines, one.receipt.added) for one in visit.lists] == [(3, 1)]
    said = figures(site)
    assert [said[item] for item in said if item not in ("recebido em", f"SHA-256 de {NAME}")] == [
        "3", "1", "1", "1", "Loja <ajuda@exemplo.com.br>",
    ]  # fmt: skip
    assert len(said[f"SHA-256 de {NAME}"]) == 64
    assert NAME in site.names()


def test_the_same_bytes_are_read_once_and_new_ones_again(site):
    site.lay(NAME, b"email\nana@exemplo.com.br\n")
    site.run()
    first = site.read(RECEIPT)
    assert not site.later(hours=1).run().lists
    site.lay(NAME, b"email\nana@exemplo.com.br\n", age=60)  # the same bytes under another time
    again = site.later(hours=1).run()
    assert not again.lists
    assert site.read(RECEIPT) == first
    site.lay(NAME, b"email\nana@exemplo.com.br\nbia@exemplo.com.br\n")
    assert len(site.later(hours=1).run().lists) == 1
    assert [address for address, *_ in listed(site)] == ["ana@exemplo.com.br", "bia@exemplo.com.br"]
    assert list(figures(site).values())[-4:] == ["2", "1", "1", "0"]


def test_it_counts_before_the_triplet_that_lies_beside_it(site):
    site.lay(NAME, b"email\nbia@exemplo.com.br\n")
    site.put()
    site.run(receipt_file=True)
    suppressed = [line for line in site.read("Promo_RECIBO_20260301").splitlines() if "suprimidos" in line]
    assert suppressed[0].split(";")[1] == "1"


@pytest.mark.parametrize("after_collect", ["delete", "move:feito"])
def test_what_becomes_of_it_is_what_becomes_of_triplets(site, after_collect):
    for who in ("ana", "ana", "bia"):
        site.lay(NAME, f"email\n{who}@exemplo.com.br\n".encode())
        site.later(hours=1).run(after_collect=after_collect)
        assert site.names() == {RECEIPT}
    assert (site.remote / "feito").exists() is (after_collect != "delete")
    assert len(listed(site)) == 2


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"nome;endereco\nAna;rua 1\n", "MAIL003"),
        (b"ana@exemplo.com.br\nbia@exemplo.com.br\n", "MAIL059"),
        (b"", "MAIL001"),
        (b"PK\x03\x04" + bytes(200), "TEXT011"),
        (b"email\n" + b"x" * 100, "SET009"),
    ],
)
def test_one_that_cannot_be_read_is_answered_once_and_corrected(site, data, rule):
    most = 100 if rule == "SET009" else 10**9
    site.lay(NAME, data)
    assert len(site.run(stability=stability_policy(max_file_bytes=most)).refused) == 1
    assert f"{NAME};" in site.read(ERROR)
    assert rule in site.read(ERROR)
    with Database(site.state) as db:
        trouble = read_status(Overview(db), "", {"acme": True}, site.now, policies={}).trouble
    assert any("suppression file refused" in one.text for one in trouble)
    assert not site.later(hours=1).run().refused
    assert not listed(site)
    site.lay(NAME, b"email\nana@exemplo.com.br\n")
    assert site.later(hours=1).run().lists
    assert site.names() == {NAME, RECEIPT}


def test_one_that_is_taken_away_takes_its_error_file_along(site):
    site.lay(NAME, b"nome\nAna\n")
    site.run()
    assert ERROR in site.names()
    (site.remote / NAME).unlink()
    site.later(hours=1).run()
    assert not site.names()


def test_a_torn_or_growing_one_waits(site):
    site.lay(NAME, b"nome;email\nAna;ana@exemplo.com.br\nBia;bia@exe")
    visit = site.run()
    assert [one.reason for one in visit.plan.waiting] == [WaitReason.UPLOADING]
    assert not listed(site)
    assert not site.names() - {NAME}
    site.later(hours=24).run()
    assert "TEXT008" in site.read(ERROR)
    site.lay(NAME, b"nome;email\nAna;ana@exemplo.com.br\nBia;bia@exemplo.com.br\n")
    site.later(hours=1).run()
    assert len(listed(site)) == 2
    assert ERROR not in site.names()


def test_the_name_and_date_of_a_triplet_are_refused_and_both_answers_stand(site):
    site.put(CONF="pasta\nx\n")
    site.lay("Promo_SUPRESSAO_20260301", b"email\nbia@exemplo.com.br\n")
    visit = site.run()
    assert len(visit.refused) == 2
    text = site.read("Promo_ERRO_20260301")
    assert "SET012" in text
    assert "CONF003" in text
    assert not site.later(hours=1).run().refused
    assert site.read("Promo_ERRO_20260301") == text
    site.put()
    assert site.later(hours=1).run().taken
    text = site.read("Promo_ERRO_20260301")
    assert "SET012" in text
    assert "CONF003" not in text
    (site.remote / "Promo_SUPRESSAO_20260301").rename(site.remote / NAME)
    assert site.later(hours=1).run().lists
    assert "Promo_ERRO_20260301" not in site.names()


def test_the_name_of_a_list_that_was_read_is_used_for_a_triplet(site):
    site.lay("Promo_SUPRESSAO_20260301", b"email\nbia@exemplo.com.br\n")
    site.run()
    site.put()
    visit = site.later(hours=1).run()
    assert not visit.taken
    assert "SET006" in site.read("Promo_ERRO_20260301")


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ("Saidas_SUPRESSAO_20260301.csv", "NAME003"),
        ("Saidas_supressao_20260301", "NAME002"),
        ("Saidas_SUPRESSÃO_20260301", "NAME001"),
        ("Saidas_SUPRESAO_20260301", "NAME001"),
    ],
)
def test_a_misnamed_one_is_answered_and_corrected(site, wrong, rule):
    site.lay(wrong, b"email\nana@exemplo.com.br\n")
    site.run()
    site.later(hours=24).run()
    text = site.read(ERROR)
    assert rule in text
    assert "SUPRESSAO" in text
    (site.remote / wrong).rename(site.remote / NAME)
    assert site.later(hours=1).run().lists
    assert site.names() == {NAME, RECEIPT}


def test_a_clients_wish_outlives_what_a_server_said_and_not_an_opt_out(site):
    with Database(site.state) as db:
        rows = [("ana@exemplo.com.br", "bounce", ""), ("bia@exemplo.com.br", "opt-out", "")]
        SuppressionList(db).add("acme", rows, site.now)
    site.lay(NAME, MAIL.encode())
    site.run()
    reasons = {address: reason for address, reason, _ in listed(site)}
    assert reasons == {
        "ana@exemplo.com.br": "client",
        "bia@exemplo.com.br": "opt-out",
        "caio@exemplo.com.br": "client",
    }
    assert list(figures(site).values())[-4:] == ["3", "1", "2", "0"]


def test_status_shows_it(site):
    site.lay(NAME, MAIL.encode())
    site.run()
    with Database(site.state) as db:
        [shown] = Overview(db).clients()[0].suppression_files
    assert (shown.file, shown.lines, shown.added, shown.known, shown.invalid) == (NAME, 3, 3, 0, 0)


def test_what_an_earlier_run_was_killed_before_is_finished_by_the_next(site, monkeypatch):
    site.lay(NAME, MAIL.encode())
    calls = []

    def die(*arguments, **named):
        calls.append(arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(site.endpoint, "rename", die)
        with pytest.raises(KeyboardInterrupt):
            site.run(after_collect="delete")
    assert calls
    assert len(listed(site)) == 3
    assert NAME in site.names()
    visit = site.later(hours=1).run()
    assert not visit.lists
    assert site.names() == {RECEIPT}
    assert list(figures(site).values())[-4:] == ["3", "3", "0", "0"]
