"""What people and other systems call fields and headers, and which of ours they mean."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence

from mpftp.domain.nearest import find_nearest
from mpftp.domain.profile import LINK_FIELDS, MAIL_FIELDS, OPT_OUT_FIELD, WEB_COPY_FIELD

MAX_HEADER_CHARS = 200
"""Characters of a header that may be a slip of a known one."""

LEAST_LIKENESS = 0.75
"""From 0 to 1: names that are less alike are no slips of one another, as ``data`` and ``pasta``."""

_OWN_NAMES = """
nome: name fullname full_name nome_completo nomecompleto customer_name contact_name nombre
nome: nome_cliente nome_do_cliente nom fname firstname first_name first givenname given_name primeiro_nome
nome: primeironome prenom vorname
email: email e-mail mail email_address emailaddress subscriber_email contact_email user_email
email: endereco_email correo emailaddr e-mail_1_value correio_eletronico smtp_addr
telefone: phone telephone phone_number fone tel telefono numero_telefone phone_1_value
celular: cel mobile mobile_phone cell cellphone sms whatsapp smartphone telefone_celular
cidade: city town ciudad ville municipio
estado: state uf province region provincia
cep: zip zipcode zip_code postal postal_code postcode codigo_postal
endereco: address address1 address_1 street logradouro direccion adresse
bairro: neighborhood neighbourhood district
sexo: gender sex genero
data_nascimento: data_de_nascimento birthday birthdate birth_date date_of_birth dob aniversario nascimento
data_nascimento: dt_nascimento data_nasc dt_nasc data_aniversario
uidcli: id user_id userid customer_id client_id contact_id subscriber_id subscriberkey
uidcli: codigo_cliente cod_cliente uid
descadastro: unsub unsubscribe unsubscribe_url unsubscribelink unsubscribe_link unsub_link
descadastro: unsubscribeurl optout opt_out optout_url descadastrar descadastre link_descadastro
descadastro: url_descadastro cancelar_inscricao remover sair unsubscribe_me list_unsubscribe
descadastro: desinscrever global_unsubscribe cancelamento baja unsub_center_url
ver_online: archive archive_url webversion web_version view_online viewonline view_in_browser
ver_online: browser_link web_link view_email_url view_as_webpage_link webview mirror mirror_url
ver_online: online_version ver_no_navegador link_navegador versao_web visualizar ver_na_web
ver_online: view_browser webcopy online_link
"""
_CONF_NAMES = """
assunto: subject subject_line email_subject assunto_email titulo titulo_email title
remetente_email: from_email from_address sender_email sender_address email_remetente
remetente_email: endereco_remetente email_envio from sender
remetente_nome: from_name sender_name nome_remetente from sender
responder_para: reply_to replyto reply_to_email reply_email responder responder_a resposta
responder_para: email_resposta endereco_resposta
pasta: folder
datahora_envio: data hora date time datetime data_hora datahora horario data_envio hora_envio
datahora_envio: horario_envio data_hora_envio data_disparo agendamento data_agendamento
datahora_envio: agendado_para inicio data_inicio send_at send_date send_time
ganalytics: analytics google_analytics ga utm utm_campaign
texto: text plain_text text_plain texto_plano texto_puro texto_simples versao_texto txt
"""
_SHORTENED = {"remetente": ["remetente_email", "remetente_nome"], "envio": ["datahora_envio"]}
"""What people leave of headers of ours, the likeliest first."""

_OTHERS = """
lname lastname last_name last surname sobrenome ultimo_nome apellido company empresa companyname
company_name organization country pais title titulo prefix salutation saudacao job_title cargo cpf cnpj
rg matricula link url site website facebook instagram current_year year ano current_date date today data
hora subject assunto list_name list_address list_company list_description list_address_html
list_unsubscribe_email physical_address update_profile profile_center_url preferences preference_center
subscription_center_url forward forward_to_a_friend share campaign campaign_name sender sender_name
from_name from_email reply_to member_busname member_addr mc_preview_text rewards discount code cupom
coupon codigo voucher product produto pedido order order_id valor price total saldo username user login
password senha token key custom custom1 custom_1 campo1 campo_1 field1 variavel apelido nickname
user_name user_nome idade age numero number merge1 merge_1 attribute subscriber contact recipient
customer client cliente usuario destinatario
coupon_code discount_code sender_info xtyear xtmonth xtday
"""

_WORDS = """
ano assunto campanha cargo codigo coupon cupom data date discount hora idade link order pais pedido preco
price product produto rewards saldo senha share site titulo title token total url valor voucher website
empresa cliente usuario
"""
"""Those of them that people also mark a subject with, folded."""


_PERSON = (
    "(?:recipient|subscriber|contact|lead|member|customer|client|user"
    "|destinatario|assinante|contato|cliente|usuario)"
)
_WHOSE = rf"(?i)^{_PERSON}_(?:d[aeo]_)?|_(?:d[aeo]_)?{_PERSON}$"
_IN_LINK_NAMES = {
    OPT_OUT_FIELD: ("unsubscri", "descadastr", "desinscr"),
    WEB_COPY_FIELD: (
        "webview",
        "webversion",
        "webpage",
        "onlineversion",
        "viewonline",
        "inbrowser",
        "mirrorpage",
    ),
}


@functools.lru_cache(maxsize=256)
def known_names(columns: tuple[str, ...]) -> dict[str, str]:
    """Return every name of a merge field, folded, and our name for it, if MAIL or we can fill it."""
    fillable = {*columns, *LINK_FIELDS}
    known = {fold_name(name): "" for name in _OTHERS.split()}
    for line in _OWN_NAMES.strip().splitlines():
        own_name, _, names = line.partition(": ")
        known |= {fold_name(name): own_name if own_name in fillable else "" for name in names.split()}
    known |= {fold_name(field): field if field in fillable else "" for field in MAIL_FIELDS}
    known |= {fold_name(name): name for name in (*columns, OPT_OUT_FIELD, WEB_COPY_FIELD)}
    known.pop("", None)
    return known


def look_up_name(name: str, columns: tuple[str, ...]) -> str | None:
    """Return our name for the field *name*, ``""`` if it is one that we cannot fill, ``None`` if it is none.

    A name says whose it is (``recipient_email``, ``nome_do_cliente``), and one of a link what it is for.
    """
    known = known_names(columns)
    folded = fold_name(name)
    if folded in known:
        return known[folded]
    without_person = fold_name(re.sub(_WHOSE, "", name))
    if without_person in known:
        return known[without_person]
    links = (field for field, parts in _IN_LINK_NAMES.items() if any(part in folded for part in parts))
    return None if " " in name else next(links, None)


def is_usual_word(name: str) -> bool:
    """Return whether *name* is a field of other systems that people also mark a subject with."""
    return fold_name(name) in _WORDS.split()


@functools.cache
def _meanings() -> dict[str, list[str]]:
    """Return what every known name, folded, may mean as a header: our names, the likeliest first."""
    meanings: dict[str, list[str]] = {_fold_header(name): [] for name in _OTHERS.split()}
    for line in (_CONF_NAMES + _OWN_NAMES).split("\n"):
        own_name, _, names = line.partition(": ")
        for name in names.split():
            meanings.setdefault(_fold_header(name), []).append(own_name)
    return meanings | _SHORTENED


@functools.lru_cache(maxsize=64)
def _by_folded(headers: tuple[str, ...]) -> dict[str, str]:
    return fold_headers(headers)


def _fold_header(header: str) -> str:
    return fold_name(re.sub(r"(?<=[\s_])(?:d[aeo]|e)(?=[\s_])", "", header.casefold()))


def fold_name(name: str) -> str:
    """Return *name* without case, accents and punctuation."""
    plain = name if name.isascii() else unicodedata.normalize("NFKD", name)
    return "".join(filter(str.isalnum, plain.casefold()))


def suggest_field(name: str, columns: Sequence[str]) -> str:
    """Return the field of *columns*, or the link of ours, that *name* was meant for, ``""`` if none.

    Other systems put an object before a name, as in ``contact.firstname``. A name that is known to
    mean something else resembles none of ours.
    """
    parts = re.split(r"[.:\[]", name)[:0:-1]
    looked_up = (look_up_name(one, tuple(columns)) for one in (name, *parts))
    known = [own_name for own_name in looked_up if own_name is not None]
    if known:
        return next(filter(None, known), "")
    return find_nearest(name, (*columns, *LINK_FIELDS), least=LEAST_LIKENESS) or ""


def fold_headers(headers: Iterable[str]) -> dict[str, str]:
    """Return *headers* by what they are compared by: no case, accents, signs and small linking words."""
    return {_fold_header(header): header for header in headers if len(header) <= MAX_HEADER_CHARS}


def suggest_header(header: str, absent: Mapping[str, str], present: Collection[str]) -> str:
    """Return the header that an unknown *header* was meant for, ``""`` if none.

    It is one of *absent* (our name -> it). *present* are all headers of the file, folded: what
    another one surely means is not suggested.
    """
    if len(header) > MAX_HEADER_CHARS:
        return ""
    folded, by_folded = _fold_header(header), _by_folded(tuple(absent.values()))
    if folded in by_folded:
        return by_folded[folded]
    if folded in _meanings():
        likely = [absent[own_name] for own_name in _meanings()[folded] if own_name in absent]
        return next((one for one in likely if _fold_header(one) not in present), "")
    without_person = re.sub(_WHOSE, "", re.sub(r"\W+", "_", header))
    if _fold_header(without_person) != folded:
        return suggest_header(without_person, absent, present)
    digits = re.sub(r"\D", "", folded)
    names = [one for one in by_folded if one not in present and re.sub(r"\D", "", one) in ("", digits)]
    return by_folded.get(find_nearest(folded, names, least=LEAST_LIKENESS) or "", "")
