"""An unknown merge field is answered with ours, whatever another system calls it."""

from __future__ import annotations

import pytest

from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.field_names import fold_headers, suggest_field, suggest_header

COLUMNS = ("email", "nome", "cidade", "Nível")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("contact.firstname", "nome"),
        ("params.NOME", "nome"),
        ("Subscriber.City", "cidade"),
        ("first name", "nome"),
        ("unsubscribe", "descadastro"),
        ("contact.nivel", "Nível"),
        ("nomme", "nome"),
        ("phone", ""),
        ("sobrenome", ""),
        ("idade", ""),
        ("customer.last_name", ""),
        ("contact:nome", "nome"),
        ("contact", ""),
        ("x.y", ""),
        ("", ""),
    ],
)
def test_a_name_of_another_system_suggests_ours_where_mail_can_fill_it(name, field):
    assert suggest_field(name, COLUMNS) == field


CONF_HEADERS = """
data data_envio data_de_envio hora horario_envio date send_at agendamento envio = datahora_envio
assunto_do_email subject titulo Título assumto assuntos = assunto
email_do_remetente from_email sender_email from sender remetente remetente_mail = remetente_email
nome_remetente from_name remetente_nomes = remetente_nome
reply_to Reply-To responder resposta responder_par = responder_para
text texto_puro txt = texto
utm_campaign google_analytics ganalitics = ganalytics
pastas folder = pasta
lista campanha mensagem arquivo html url link nome email test teste tipo nome_campanha =
"""
MAIL_HEADERS = """
idade cpf data_cadastro numero sobrenome saldo estado_civil livre livre51 livre0 empresa status data =
genero sex = sexo
cel Celulár = celular
dt_nascimento data_nasc Nascimento = data_nascimento
fone telefon telefone1 = telefone
uf estados = estado
e-mail mail emails emial = email
"""


@pytest.mark.parametrize(
    ("table", "headers"), [(CONF_HEADERS, DEFAULT_PROFILE.conf), (MAIL_HEADERS, DEFAULT_PROFILE.mail)]
)
def test_a_header_suggests_what_people_mean_by_it_or_nothing(table, headers):
    for line in table.strip().splitlines():
        names, _, header = line.rpartition("=")
        for name in names.split():
            assert (name, suggest_header(name, headers, {})) == (name, header.strip())


def test_a_header_that_the_file_has_or_surely_means_is_not_suggested():
    absent = {"remetente_email": "remetente_email", "remetente_nome": "remetente_nome"}
    present = fold_headers(["sender", "Remetente-Email"])
    assert suggest_header("Remetente-Email", absent, present) == "remetente_email"
    assert suggest_header("sender", absent, present) == "remetente_nome"
    assert suggest_header("assuntos", absent, present) == ""


def test_a_header_is_suggested_in_the_words_of_the_profile():
    assert suggest_header("e-mail", {"email": "Correio", "nome": "Nome do cliente"}, {}) == "Correio"
    assert (
        suggest_header("nome cliente", {"email": "Correio", "nome": "Nome do cliente"}, {})
        == "Nome do cliente"
    )


@pytest.mark.parametrize(
    ("header", "meant"),
    [
        ("E-mail 1 - Value", "email"),
        ("Email do cliente", "email"),
        ("customer_email", "email"),
        ("Nome do contato", "nome"),
        ("CPF do cliente", ""),
        ("cliente", ""),
    ],
)
def test_a_header_may_say_whose_the_value_is_or_come_from_an_address_book(header, meant):
    assert suggest_header(header, DEFAULT_PROFILE.mail, {}) == meant
