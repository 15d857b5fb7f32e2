"""Each thing is told once, to those who asked, in their words."""

from __future__ import annotations

import email
import json
from dataclasses import replace
from datetime import time, timedelta
from email.policy import default
from zoneinfo import ZoneInfo

import pytest

from mpftp.adapters.store.intake import Intake
from mpftp.adapters.store.notices import NoticeStore
from mpftp.domain.clock import from_ms
from mpftp.domain.results.notices import NoticeRecipient
from mpftp.domain.results.wording import Support
from mpftp.domain.sending.schedule import SendWindow
from mpftp.domain.sending.transport import Outcome, Verdict
from mpftp.errors import TransportUnavailableError
from mpftp.stages.notify import notify

ANA = NoticeRecipient(
    "ana@cliente.example", "bounces@mail.example", "pt_BR", ZoneInfo("America/Sao_Paulo"), error_file=True
)


class Post:
    """Takes letters, or refuses them."""

    def __init__(self, verdict=Verdict.ACCEPTED, error=None):
        self.verdict, self.error, self.letters = verdict, error, []

    def __call__(self, client, request):
        if self.error:
            raise self.error
        outgoing = request.render()
        if self.verdict is Verdict.ACCEPTED:
            self.letters.append(email.message_from_bytes(outgoing.data, policy=default))
        return Outcome(0, self.verdict, "550 5.1.1", "no such user")

    @property
    def subjects(self):
        return [letter["Subject"] for letter in self.letters]


@pytest.fixture
def tell(db, story):
    """A function that runs ``notify`` an hour after a campaign was sent."""
    promo = story()
    accepted = db.value("SELECT accepted_at FROM campaign")

    def run(post, after=timedelta(hours=1), **addressees):
        now = from_ms(accepted) + after
        return notify(NoticeStore(db), addressees or {"acme": ANA}, post, lambda: now)

    run.db, run.promo = db, promo
    return run


def test_accepted_and_finished_are_told_once(tell):
    post = Post()
    assert tell(post) == []
    assert post.subjects == ["Promo 20260301: aceito", "Promo 20260301: envio concluído"]
    assert (
        "O envio Promo de 01/03/2026 foi aceito: 2 contatos de 2 linhas, em 1 lote."
        " O envio começa em 01/03/2026 09:00 (America/Sao_Paulo)." in post.letters[0].get_content()
    )
    assert "2 mensagens enviadas, 0 recusadas." in post.letters[1].get_content()
    assert post.letters[0]["To"] == "ana@cliente.example"
    assert post.letters[0]["Auto-Submitted"] == "auto-generated"
    tell(post)
    assert len(post.letters) == 2


def test_whom_the_list_holds_back_is_counted_as_the_receipt_does(tell):
    tell.promo.stop("active")
    tell.promo.change("bia@example.com", state="suppressed", code="opt-out")
    tell.promo.change("ana@example.com", state="pending", settled_at=None)
    post = Post()
    tell(post)
    text = post.letters[0].get_content()
    assert "foi aceito: 1 contato de 2 linhas" in text
    assert "1 contato não receberá a mensagem" in text
    receipt = Intake(tell.db, "acme").load_receipt(tell.promo.campaign)
    assert (receipt.accepted, receipt.suppressed) == (1, 1)
    assert [contacts for _, contacts in receipt.fragments] == [1]


def test_a_cancelled_campaign_is_told_as_cancelled_with_its_reason(tell):
    tell.promo.stop("cancelled")
    tell.promo.change("bia@example.com", state="cancelled")
    with tell.db.transaction():
        tell.db.execute("UPDATE campaign SET state_reason = 'pedido do cliente'")
    post = Post()
    tell(post)
    assert post.subjects == ["Promo 20260301: aceito", "Promo 20260301: envio cancelado"]
    assert "foi cancelado em 01/03/2026 09:00 (America/Sao_Paulo) (pedido do cliente)" in (
        post.letters[1].get_content()
    )
    assert "1 mensagem enviada, 0 recusadas, 1 não enviada." in post.letters[1].get_content()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("failures: 200 of 200 messages were refused", "muitas mensagens foram recusadas"),
        ("relay: 20 alike", "o servidor de envio está com problemas"),
        ("paused by the operator", "pelo operador"),
        ("aguardando nova arte", "aguardando nova arte"),
    ],
)
def test_a_pause_is_told_once_with_its_reason_and_the_next_one_anew(tell, reason, told):
    at = from_ms(tell.db.value("SELECT accepted_at FROM campaign"))
    post = Post()
    for _ in range(2):
        tell.promo.stop("paused", at)
        with tell.db.transaction():
            tell.db.execute("UPDATE campaign SET state_reason = ?", (reason,))
        tell(post)
        tell(post)
        tell.promo.stop("active")
    assert post.subjects == ["Promo 20260301: aceito", *["Promo 20260301: envio interrompido"] * 2]
    assert f"({told})" in post.letters[1].get_content()


def test_letters_come_from_support_or_say_that_nobody_wrote_them(tell):
    post = Post()
    tell(post)
    assert str(post.letters[0]["From"]) == '"mpftp (mensagem automática)" <bounces@mail.example>'
    assert post.letters[0]["Reply-To"] is None
    helped = Post()
    support = Support("Suporte Loja", "suporte@mail.example", "https://mail.example/ajuda")
    with tell.db.transaction():
        tell.db.execute("DELETE FROM notice")
    tell(helped, acme=replace(ANA, support=support, client_name="Loja"))
    letter = helped.letters[0]
    assert letter["From"] == letter["Reply-To"] == "Suporte Loja <suporte@mail.example>"
    lines = letter.get_content().splitlines()
    assert lines[-1] == "Dúvidas: Suporte Loja <suporte@mail.example> https://mail.example/ajuda"
    assert "Cliente Loja, pasta , assunto “Sobre Promo”." in lines


def test_results_are_told_with_their_counts(tell):
    with tell.db.transaction():
        tell.db.execute(
            "INSERT INTO publication (campaign_id, edition, due_at, published_at, rows)"
            " VALUES (?, 1, 0, ?, ?)",
            (tell.promo.campaign, tell.db.value("SELECT accepted_at FROM campaign"), '{"ABERTURA": 7}'),
        )
    post = Post()
    tell(post)
    assert "- Promo_ABERTURA_20260301: 7" in next(
        letter.get_content() for letter in post.letters if "publicados" in letter["Subject"]
    )


def test_a_refusal_is_told_with_its_problems(tell):
    problem = {"line": 2, "column": 1, "excerpt": "x", "values": {}}
    group = {"rule": "MAIL001", "file": "Ruim_MAIL_20260301", "severity": "error", "scope": "triplet",
             "count": 30, "findings": [problem] * 25}  # fmt: skip
    with tell.db.transaction():
        tell.db.execute(
            "INSERT INTO refusal (client_id, name, date, digest, refused_at, findings)"
            " VALUES (1, 'Ruim', '20260301', 'x', ?, ?)",
            (tell.db.value("SELECT accepted_at FROM campaign"), json.dumps([group])),
        )
    post = Post()
    tell(post)
    text = next(letter.get_content() for letter in post.letters if "recusado" in letter["Subject"])
    assert text.count("Ruim_MAIL_20260301:2:1: ") == 20
    assert "e mais 6 problemas" in text
    assert "Ruim_ERRO_20260301" in text


def test_no_letter_names_an_error_file_that_is_not_written(tell):
    with tell.db.transaction():
        tell.db.execute(
            "INSERT INTO refusal (client_id, name, date, digest, refused_at, findings)"
            " VALUES (1, 'Ruim', '20260301', 'x', ?, '[]')",
            (tell.db.value("SELECT accepted_at FROM campaign"),),
        )
    post = Post()
    tell(post, acme=replace(ANA, error_file=False))
    text = next(letter.get_content() for letter in post.letters if "recusado" in letter["Subject"])
    assert "ERRO" not in text


def test_a_letter_tells_the_hour_at_which_the_clients_window_opens(tell):
    post = Post()
    tell(post, acme=replace(ANA, window=SendWindow(time(20), time(22))))
    assert "O envio começa em 01/03/2026 20:00 (America/Sao_Paulo)." in post.letters[0].get_content()


def test_what_is_stopped_does_not_begin(tell):
    tell.promo.stop("paused")
    post = Post()
    tell(post)
    assert "foi aceito" in post.letters[0].get_content()
    assert "O envio começa" not in post.letters[0].get_content()


@pytest.mark.parametrize("length", range(60, 80))
def test_no_line_of_a_letter_begins_with_a_dot(tell, length):
    raw = []
    post = Post()

    def take(client, request):
        raw.append(request.render().data)
        return post(client, request)

    tell(take, acme=replace(ANA, client_name="x" * length + "." * 9))
    assert all(b"\r\n." not in data for data in raw)
    assert "x" * length + "........." in post.letters[0].get_content()


def test_old_things_are_no_news(tell):
    post = Post()
    tell(post, after=timedelta(days=4))
    assert post.letters == []


def test_what_nobody_takes_is_told_by_the_next_run(tell):
    untold = tell(Post(error=TransportUnavailableError("relay:25: no answer")))
    assert [one.reason for one in untold] == ["relay:25: no answer"]
    assert [one.reason for one in tell(Post(Verdict.REFUSED))] == ["550 5.1.1 no such user"]
    post = Post()
    tell(post)
    assert len(post.letters) == 2


def test_other_clients_are_not_told(tell):
    post = Post()
    tell(post, beta=ANA)
    assert post.letters == []


def test_english(tell):
    post = Post()
    tell(post, acme=replace(ANA, language="en", zone=ZoneInfo("UTC")))
    assert post.subjects == ["Promo 20260301: accepted", "Promo 20260301: sent"]
