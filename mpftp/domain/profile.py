"""A profile: which headers, texts and columns one kind of client uses (see ``mpftp-triplet(5)``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

CONF_FIELDS = (
    "assunto",
    "remetente_nome",
    "remetente_email",
    "responder_para",
    "pasta",
    "datahora_envio",
    "ganalytics",
    "texto",
)
CONF_REQUIRED = frozenset({"assunto", "remetente_email", "pasta"})

MAIL_FIELDS = (
    "email",
    "uidcli",
    "nome",
    "sexo",
    "data_nascimento",
    "telefone",
    "celular",
    "endereco",
    "bairro",
    "cidade",
    "estado",
    "cep",
    *(f"livre{number}" for number in range(1, 51)),
)
MAIL_REQUIRED = frozenset({"email"})

OPT_OUT_FIELD = "descadastro"
WEB_COPY_FIELD = "ver_online"
LINK_FIELDS = frozenset({OPT_OUT_FIELD, WEB_COPY_FIELD})
"""Merge fields that MAIL does not hold: each becomes a signed link of the one contact."""

RESULT_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "ABERTURA": ("email", "uidcli", "datahora", "ip", "agente"),
    "ABERTURAUNICA": ("email", "uidcli", "datahora", "ip", "agente"),
    "CLIQUE": ("email", "uidcli", "datahora", "url", "ip", "agente"),
    "CLIQUEUNICO": ("email", "uidcli", "datahora", "url", "ip", "agente"),
    "RETORNADO": ("email", "uidcli", "datahora", "tipo", "codigo", "motivo"),
    "CANCELADO": ("email", "uidcli", "datahora", "origem"),
    "SITUACAO": ("linha", "email", "uidcli", "situacao", "codigo", "motivo", "datahora"),
}
"""The six result files and their columns, in the order of the seed, and the answer that goes with them."""

_OWN_RESULTS = {kind: tuple(zip(columns, columns, strict=True)) for kind, columns in RESULT_COLUMNS.items()}


class Profile(NamedTuple):
    """How one kind of client writes its files and wants its results.

    *conf* and *mail* map our field name to the client's header. *encoding* and *delimiter* are
    recognised per file when ``None``. *results* maps each result file to its columns: pairs of our
    name and the header written. *returned_includes_unsent* has RETORNADO hold contacts to whom nothing
    went, too. *count_marked* leaves opens and clicks of machines in the result
    files (the seed counts every opening); *infer_opens* adds an open for a click without one.
    """

    name: str = "default"
    conf: Mapping[str, str] = dict(zip(CONF_FIELDS, CONF_FIELDS, strict=True))
    mail: Mapping[str, str] = dict(zip(MAIL_FIELDS, MAIL_FIELDS, strict=True))
    extra_columns: bool = False
    encoding: str | None = None
    delimiter: str | None = None
    merge_open: str = "{{"
    merge_close: str = "}}"
    results: Mapping[str, tuple[tuple[str, str], ...]] = _OWN_RESULTS
    result_encoding: str = "utf-8-sig"
    result_delimiter: str = ";"
    result_line_end: Literal["\r\n", "\n"] = "\r\n"
    returned_includes_unsent: bool = True
    count_marked: bool = True
    infer_opens: bool = False


DEFAULT_PROFILE = Profile()
