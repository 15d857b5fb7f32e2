"""A client that makes each mistake with names that the rules warn of, waits, and corrects it."""

from __future__ import annotations

import re

import pytest

from mpftp.adapters.store.database import Database
from mpftp.adapters.store.overview import Overview
from mpftp.domain.triplets.pickup import WaitReason
from mpftp.stages.collect import VisitSummary
from mpftp.stages.status import read_status
from tests.stages.collect.conftest import CONF, HTML, MAIL

KINDS = ("CONF", "HTML", "MAIL")
CONTENTS = {"CONF": CONF, "HTML": HTML, "MAIL": MAIL}
OTHER_MAIL = "email;nome\ndora@exemplo.com.br;Dora\n"


def lay(site, pattern, **more):
    """Lay the three files under wrong names; returns those names."""
    words = {"CONF": "Configuração", "HTML": "MENSAGEM", "MAIL": "contatos"}
    names = {kind: pattern.format(kind, kind.lower(), kind.capitalize(), words[kind]) for kind in KINDS}
    for kind, name in names.items():
        site.lay(name, CONTENTS[kind].encode(), **more)
    return names


def answers(site):
    return {name for name in site.names() if "_ERRO_" in name}


def trouble(site):
    with Database(site.state) as db:
        status = read_status(Overview(db), "", {"acme": True}, site.now, policies={})
    return {one.about: one.text for one in status.trouble if one.kind == "refused"}


AT_ONCE = {
    "baixa_{1}_20260301": "baixa_{}_20260301",
    "Mista_{2}_20260301": "Mista_{}_20260301",
    "Ext_{0}_20260301.csv": "Ext_{}_20260301",
    "Traco-{0}-20260301": "Traco_{}_20260301",
    "Ponto.{0}.20260301.txt": "Ponto_{}_20260301",
    "Espaço {0} 20260301": "Espaço_{}_20260301",
    "{0}_Tipo_20260301": "Tipo_{}_20260301",
    "20260301_{0}_Data": "Data_{}_20260301",
    "Troca_20260301_{0}": "Troca_{}_20260301",
    "Hora_{0}_202603011030": "Hora_{}_20260301",
    "Dia_{0}_13032026": "Dia_{}_20260313",
    "Curta_{0}_260301": "Curta_{}_20260301",
    "Sinais_{0}_2026-03-01": "Sinais_{}_20260301",
    "Copia_{0}_20260301 (1)": "Copia_{}_20260301",
}
AFTER_A_DAY = {
    "Versao_{0}_20260301_v2": "Versao_{}_20260301",
    "Fim_{0}_20260301 ": "Fim_{}_20260301",
    "Final_{0}_20260301-final": "Final_{}_20260301",
    "Palavras_{3}_20260301": "Palavras_{}_20260301",
    ".Oculto_{0}_20260301": "Oculto_{}_20260301",
    "Parte_{0}_20260301.filepart": "Parte_{}_20260301",
    "Velho_{0}_20260301~": "Velho_{}_20260301",
}


@pytest.mark.parametrize("pattern", [*AT_ONCE, *AFTER_A_DAY])
def test_a_whole_misnamed_triplet_is_answered_once_and_corrected(site, pattern):
    right = (AT_ONCE | AFTER_A_DAY)[pattern]
    error_file = right.format("ERRO")
    names = lay(site, pattern)
    first = site.run()
    if pattern in AFTER_A_DAY:
        assert not answers(site)
        first = site.later(hours=24).run()
    assert answers(site) == {error_file}
    assert len(first.refused) == 1
    text = site.read(error_file)
    assert all(name in text and right.format(kind) in text for kind, name in names.items())
    assert any(name.strip() in said for name in names.values() for said in trouble(site).values())

    before = site.read(error_file)
    assert not site.later(hours=1).run().refused
    assert site.read(error_file) == before

    for kind, name in names.items():
        (site.remote / name).rename(site.remote / right.format(kind))
    assert site.later(hours=1).run().taken
    assert not answers(site)
    assert not trouble(site)


def test_a_triplet_misnamed_in_part_names_what_to_rename(site):
    site.put(MAIL=None)
    site.lay("Promo_MAIL_20260301_v2", MAIL.encode())
    site.run()
    assert "Promo_MAIL_20260301_v2;" in site.read("Promo_ERRO_20260301")
    (site.remote / "Promo_MAIL_20260301_v2").rename(site.remote / "Promo_MAIL_20260301")
    assert site.later(hours=1).run().taken
    assert not answers(site)


def test_an_upload_under_a_temporary_name_is_let_alone_until_it_is_surely_over(site):
    site.put(MAIL=None)
    site.lay(".Promo_MAIL_20260301", MAIL.encode())
    for own in ("._Promo_MAIL_20260301", ".~lock.Promo_MAIL_20260301#", "~$Promo_MAIL_20260301", ".oculto"):
        site.lay(own, b"x")
    site.run()
    assert not answers(site)
    site.later(hours=24).run()
    assert answers(site) == {"Promo_ERRO_20260301"}
    text = site.read("Promo_ERRO_20260301")
    assert "NAME008" in text
    assert "Retire-o: Promo_MAIL_20260301." in text
    (site.remote / ".Promo_MAIL_20260301").rename(site.remote / "Promo_MAIL_20260301")
    assert site.later(hours=1).run().taken
    assert not answers(site)
    site.later(hours=48).run()
    assert not answers(site)


def test_uploads_of_no_triplet_share_one_answer_and_the_clients_own_files_get_none(site):
    site.lay("envio.zip", b"PK")
    site.lay("notas.pdf", b"%PDF")
    site.run()
    assert not answers(site)
    site.later(hours=24).run()
    assert answers(site) == {"ARQUIVOS_ERRO_20260302"}
    assert "envio.zip" in trouble(site)["acme/ARQUIVOS_20260302"]
    site.lay("contatos.xlsx", b"PK")
    site.later(hours=1).run()
    site.later(hours=24).run()
    text = site.read("ARQUIVOS_ERRO_20260302")
    assert "envio.zip" in text
    assert "contatos.xlsx" in text
    assert "notas.pdf" not in text
    with Database(site.state) as db:
        assert Overview(db).clients()[0].other_files == 1
    (site.remote / "envio.zip").unlink()
    site.later(hours=1).run()
    assert "envio.zip" not in site.read("ARQUIVOS_ERRO_20260302")
    (site.remote / "contatos.xlsx").unlink()
    site.later(hours=1).run()
    assert not answers(site)


def test_a_triplet_that_waits_too_long_is_answered_and_goes_on_when_the_rest_comes(site):
    site.put(MAIL=None)
    site.run()
    assert not answers(site)
    site.later(hours=24).run()
    assert "Promo_MAIL_20260301" in site.read("Promo_ERRO_20260301")
    site.lay("Promo_MAIL_20260301", MAIL.encode())
    assert site.later(hours=1).run().taken
    assert not answers(site)


def test_the_same_mistake_made_again_is_answered_again(site):
    for _ in range(2):
        names = lay(site, "baixa_{1}_20260301")
        assert site.later(hours=1).run().refused
        assert answers(site) == {"baixa_ERRO_20260301"}
        for name in names.values():
            (site.remote / name).unlink()
        site.later(hours=1).run()
        assert not answers(site)


def test_a_used_name_with_other_bytes_is_answered_once_and_never_sent(site):
    site.put()
    site.run()
    site.later(hours=1).put(MAIL=OTHER_MAIL, age=600)
    assert len(site.run().refused) == 1
    text = site.read("Promo_ERRO_20260301")
    assert re.search(r"processado em 01/03/2026 09:\d\d \(America/Sao_Paulo\)", text)
    assert "Escolha outro nome" in text
    assert not site.later(hours=1).run().refused
    assert len(site.rows("SELECT 1 FROM campaign")) == 1
    for kind in KINDS:
        (site.remote / f"Promo_{kind}_20260301").rename(site.remote / f"Promo2_{kind}_20260301")
    assert site.later(hours=1).run().taken
    assert not answers(site)


def test_other_bytes_of_the_same_size_are_found_out(site):
    site.put()
    site.run()
    site.later(hours=1).put(MAIL=MAIL.replace("ana@", "eva@"), age=600)
    site.run()
    assert answers(site) == {"Promo_ERRO_20260301"}


def test_the_same_files_under_a_new_time_are_no_second_use(site):
    site.put()
    site.run()
    site.later(hours=1).put(age=600)
    visit = site.run()
    assert not answers(site)
    assert [one.reason for one in visit.plan.waiting] == [WaitReason.TAKEN]
    assert not site.later(hours=1).run().plan.suspects


@pytest.mark.parametrize("after_collect", ["keep", "delete"])
def test_files_that_come_back_after_they_were_gone_are_a_second_use(site, after_collect):
    site.put()
    site.run(after_collect=after_collect)
    if after_collect == "keep":
        for kind in KINDS:
            (site.remote / f"Promo_{kind}_20260301").unlink()
        assert not site.later(hours=1).run().refused
    site.later(hours=1).put()
    assert len(site.run().refused) == 1
    assert answers(site) == {"Promo_ERRO_20260301"}
    assert not site.later(hours=1).run().refused
    for kind in KINDS:
        (site.remote / f"Promo_{kind}_20260301").unlink()
    site.later(hours=1).run()
    assert not answers(site)


def test_a_file_of_the_clients_own_is_never_replaced_nor_deleted(site):
    site.lay("baixa_ERRO_20260301", b"minhas notas")
    names = lay(site, "baixa_{1}_20260301")
    visit: VisitSummary = site.run()
    assert "client's own file" in visit.errors[0].message
    assert site.read("baixa_ERRO_20260301") == "minhas notas"
    for name in names.values():
        (site.remote / name).unlink()
    site.later(hours=1).run()
    assert site.read("baixa_ERRO_20260301") == "minhas notas"
    assert not trouble(site)
