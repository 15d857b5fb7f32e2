"""Every rule of the catalogue: one sample that breaks it, at an exact place, and one that does not."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE, Profile
from mpftp.domain.triplets import line_pattern
from mpftp.domain.triplets.findings import FindingCollector, message, remedy
from mpftp.domain.triplets.grouping import group_files
from mpftp.domain.triplets.rules import CATALOGUE, RULES
from mpftp.domain.triplets.triplet import CheckOptions, TripletFiles, check_triplet

KEY = TripletKey("P", "20260301")
NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)
CONF_HEAD = "assunto;remetente_nome;remetente_email;responder_para;pasta;datahora_envio;ganalytics;texto"
MAIL_HEAD = "email;uidcli;nome;cidade;estado"
ROW = "ana@lojabela.com.br;1;Ana;Natal;RN"


def conf(assunto="Oi", nome="Loja", remetente="ola@lojabela.com.br", resposta="", pasta="Promo", quando="",
         ga="", texto="", head=CONF_HEAD, after="") -> str:  # fmt: skip
    row = ";".join([assunto, nome, remetente, resposta, pasta, quando, ga, texto])
    return f"{head}\n{row}\n{after}"


def mail(*rows: str, head: str = MAIL_HEAD) -> str:
    return "\n".join([head, *rows]) + "\n"


def html(
    body: str = "", head: str = "<title>Oi</title>", out: str = '<a href="{{descadastro}}">sair</a>'
) -> str:
    words = "palavra " * 25
    return f"<html><head>{head}</head>\n<body>\n{body}\n<p>{words}</p>{out}\n</body></html>\n"


@dataclass(frozen=True)
class Sample:
    """*bad* breaks *rule* at *at* (line, column) of the file of its kind; *good* is near, but fine."""

    rule: str
    bad: str | bytes
    at: tuple[int | None, int | None]
    good: str | bytes
    others: frozenset[str] = frozenset()
    names: bool = False
    profile: Profile = DEFAULT_PROFILE
    kind: InputType | None = None
    files: dict[InputType, str] = field(default_factory=dict)


def s(rule, bad, at, good, also="", **more):
    return Sample(rule, bad, at, good, frozenset(also.split()), **more)


def n(rule, bad, at, good, also=""):
    return Sample(rule, bad, at, good, frozenset(also.split()), names=True)


ACCENTED = "P\u00e3_CONF_20260301 P\u00e3_HTML_20260301 P\u00e3_MAIL_20260301"
FULL = "P_CONF_20260301 P_HTML_20260301 P_MAIL_20260301"
FENCED = Profile(delimiter=";")
WIDE = Profile(extra_columns=True)

SAMPLES = [
    n("NAME001", "P_TEXTO_20260301", (None, 3), "P_HTML_20260301", "SET001"),
    n("NAME002", "P_conf_20260301", (None, 3), "P_CONF_20260301", "SET001"),
    n("NAME003", "P_CONF_20260301.csv", (None, 16), "P.v2_CONF_20260301", "SET001"),
    n("NAME004", "P_CONF_260301", (None, 8), "P_CONF_20260301", "SET001"),
    n("NAME005", "P_CONF_20260230", (None, 8), "P_CONF_20280229", "SET001"),
    n("NAME006", "P_CONF_13032026", (None, 8), "P_CONF_20260313", "SET001"),
    n("NAME007", "CONF_20260301", (None, 1), "C_CONF_20260301", "SET001"),
    n("NAME008", "a:b_CONF_20260301", (None, 2), "a-b_CONF_20260301", "SET001"),
    n("NAME009", "P_CONF_20260301.filepart", (None, None), "P.part_CONF_20260301", "SET001"),
    n("NAME010", "leia-me.txt", (None, None), "P_CLIQUE_20260301", "SET001"),
    n("NAME011", "P-CONF-20260301", (None, 2), "P-1_CONF_20260301", "SET001"),
    n("NAME012", "x" * 201 + "_CONF_20260301", (None, None), "x" * 200 + "_CONF_20260301", "SET001"),
    n("NAME013", "Promoção_CONF_20260301", (None, 6), "Promocao_CONF_20260301", "SET001"),
    n("NAME014", "P_CONF_20260301 - Cópia", (None, 16), "Copia_CONF_20260301", "SET001"),
    n("NAME015", "P_CONF_20260301_v2", (None, 16), "P_v2_CONF_20260301", "SET001"),
    n("NAME016", "CONF_P_20260301", (None, 1), "P_CONF_20260301", "SET001"),
    n("SET001", "P_CONF_20260301 P_HTML_20260301", (None, None), FULL),
    n("SET002", FULL.replace("P_MAIL", "p_MAIL"), (None, None), FULL, "SET001"),
    n("SET003", FULL + " P_TEXTO_20260301", (None, None), FULL, "NAME001"),
    n("SET004", FULL.replace("MAIL_20260301", "MAIL_20260302"), (None, None), FULL, "SET001"),
    n("SET010", f"{ACCENTED} Pa\u0303_MAIL_20260301", (None, None), ACCENTED, "NAME013"),
    n("SET006", FULL + " P_CLIQUE_20260301", (None, None), FULL + " P_ERRO_20260301"),
    s("SET005", html(), (1, 1), mail(ROW), kind=InputType.MAIL),
    s("SET013", '[{"email":"ana@x.com.br"}]\n', (1, 1), mail(ROW), kind=InputType.MAIL),
    s("SET013", 'BEGIN:VCARD\nVERSION:3.0\nEMAIL:ana@x.com.br\nEND:VCARD\n', (1, 1), mail(ROW),
      kind=InputType.MAIL),
    s("SET013", "-- MySQL dump\nINSERT INTO x;\n", (1, 1), "-- Campanha --\n" + conf(), kind=InputType.CONF),
    s("SET013", "{\n  \"assunto\": \"Oi\"\n}\n", (1, 1), conf(), kind=InputType.CONF),
    s("SET009", b"x" * (1 << 20) + b"y", (None, None), conf(), kind=InputType.CONF),
    s("TEXT001", b"\xef\xbb\xbf" + mail(ROW).encode() + b"bia@x.com.br;2;Jo\xe3o;Natal;RN\n", (3, 18),
      b"\xef\xbb\xbf" + mail(ROW, "bia@x.com.br;2;João;Natal;RN").encode(), kind=InputType.MAIL),
    s("TEXT002", mail(ROW, "bia@x.com.br;2;João;Natal;RN").encode() + b"eva@x.com.br;3;Jos\xe9;Natal;RN\n",
      (4, 19),
      mail(ROW, "bia@x.com.br;2;João;Natal;RN").encode("cp1252"), kind=InputType.MAIL),
    s("TEXT003", mail(ROW, "bia@x.com.br;2;B\0a;Natal;RN"), (3, 17), mail(ROW), kind=InputType.MAIL),
    s("TEXT004", mail(ROW, "bia@x.com.br;2;B\ufeffa;Natal;RN"), (3, 17),
      "\ufeff" + mail(ROW), kind=InputType.MAIL),
    s("TEXT005", mail(ROW).encode("utf-16-le"), (None, None),
      mail(ROW).encode("utf-16"), kind=InputType.MAIL),
    s("TEXT006", mail(ROW, "bia@x.com.br;2;Bia;SÃ£o Paulo;SP"), (3, 21),
      mail(ROW, "bia@x.com.br;2;BIA;SÃO PAULO;SP"), kind=InputType.MAIL),
    s("TEXT006", mail(ROW, "bia@x.com.br;2;D\x92Ávila;Natal;RN"), (3, 17), mail(ROW), kind=InputType.MAIL),
    s("TEXT006",
      mail(*["b@x.com.br;2;João;Natal;RN"] * 9).encode("cp1252") + "c@x.com;3;Conceição;;\n".encode("cp850"),
      (11, 17), mail("b@x.com.br;2;Preço\u2021 \u201aja\u2018;;").encode("cp1252"), "MAIL031",
      kind=InputType.MAIL),
    s("TEXT007", mail(ROW) + "bia@x.com.br;2;Bia;Natal;RN\r\n", (None, None), mail(ROW).replace("\n", "\r\n"),
      kind=InputType.MAIL),
    s("TEXT008", mail(ROW) + "bia@x.com.br;2;B", (3, 17),
      mail(ROW) + "bia@x.com.br;2;Bia;Natal;RN", "MAIL011",
      kind=InputType.MAIL),
    s("TEXT009", mail(ROW, "bia@x.com.br;2;B\x07a;Natal;RN"), (3, 17), mail(ROW), kind=InputType.MAIL),
    s("TEXT010", mail(ROW).encode("utf-32"), (None, None), mail(ROW).encode("utf-16"), kind=InputType.MAIL),
    s("TEXT011", b"PK\x03\x04....", (None, None), mail(ROW), kind=InputType.MAIL),
    s("TEXT011", b"\x03\x7e\x0b\x1b\x02\x00\x00\x00a\x003\x00" + bytes(20) + b"EMAIL", (None, None),
      mail(ROW), kind=InputType.MAIL),
    s("TEXT011", b"\x00\x01\x00\x00Standard Jet DB\x00", (None, None), mail(ROW), kind=InputType.MAIL),
    s("TEXT013", mail(ROW, "bia@x.com.br;2;Jo\ufffdo;Natal;RN"), (3, 18), mail(ROW), kind=InputType.MAIL),
    s("TEXT015", mail(ROW).replace("\n", "\r"), (None, None), mail(ROW), kind=InputType.MAIL),
    s("TEXT016", mail(ROW, "bia@x.com.br;2;João;Goiâ").encode()[:-2], (3, 24),
      mail(ROW, "bia@x.com.br;2;João;Goiâ;GO").encode(), "MAIL011 TEXT008", kind=InputType.MAIL),
    s("TEXT017", mail("a@x.com.br;1;João;São Paulo;SP").encode("cp850"), (None, None),
      mail("a@x.com.br;1;João;São Paulo;SP").encode("cp1252"), kind=InputType.MAIL),
    s("TEXT019", mail(ROW, "bia@x.com.br;2;Jo?o;Natal;RN"), (3, 18),
      mail(ROW, "b?c@x.com.br;2;Quem?;Quer?Sim https://x.com/a?b=c;RN"), kind=InputType.MAIL),
    s("TEXT019", conf(assunto="Promo??o"), (2, 6), conf(assunto="Vai viajar? Promo?!"), kind=InputType.CONF),
    s("TEXT020", mail('b@x.com.br;"D&#039;Ávila"', head="email;nome").encode("cp1252"), (2, 14),
      mail("b@x.com.br;A&B; https://x.com/?a=b&c=%C3%A3", head="email;nome;livre1"), kind=InputType.MAIL),
    s("TEXT020", mail(ROW, "bia@x.com.br;2;Jo\\u00e3o;=?UTF-8?Q?S=C3=A3o?=;RN"), (3, 18), mail(ROW),
      kind=InputType.MAIL),
    s("CONF001", "\n \n", (1, 1), conf()),
    s("CONF002", CONF_HEAD + "\n\n", (1, 1), conf()),
    s("CONF003", conf(head=CONF_HEAD.replace("pasta", "diretorio")), (1, 1), conf(), "CONF004"),
    s("CONF004", conf(head=CONF_HEAD.replace("texto", "textos")), (1, 87), conf()),
    s("CONF005", conf(head=CONF_HEAD.replace("texto", "pasta")), (1, 87), conf()),
    s("CONF006", "pasta;assunto;remetente_email\nP;Oi;ola@x.com.br\n", (1, 7),
      "assunto;remetente_email;pasta\nOi;ola@x.com.br;P\n"),
    s("CONF007", conf().replace(";", "|"), (1, 8), conf().replace(";", ",")),
    s("CONF008", conf(pasta='"Promo'), (2, 30), conf(pasta='"Promo"')),
    s("CONF009", conf(pasta='"Promo"1'), (2, 37), conf(pasta='"Promo1"')),
    s("CONF010", conf(assunto='Oi "Ana"'), (2, 4), conf(assunto='"Oi ""Ana"""')),
    s("CONF011", "assunto;texto;remetente_email;pasta\nOi;x;ola@x.com.br\n", (2, 18), conf(), "CONF006"),
    s("CONF012", conf(texto="a;b"), (2, 40), conf(texto='"a;b"')),
    s("CONF014", conf(after="Oi;Loja;ola@x.com.br;;P;;;\n"), (3, 1), conf(after="\n;;;;;;;\n")),
    s("CONF015", conf(head=CONF_HEAD.replace("responder_para", "")), (1, 40), conf()),
    s("CONF016", conf(head=CONF_HEAD + ";x" * 993), (1, 2077), conf(), "CONF004 CONF052"),
    s("CONF020", conf(assunto=" "), (2, 1), conf(assunto="x")),
    s("CONF021", conf(assunto="x" * 989), (2, 989), conf(assunto="x" * 988), "CONF037"),
    s("CONF022", conf(nome='"Loja\nBcc: x"'), (2, 9), conf(texto='"Oi\nAna"')),
    s("CONF023", conf(remetente="loja"), (2, 9), conf(remetente="loja@x.com.br")),
    s("CONF024", conf(resposta="a b@x.com.br"), (2, 30), conf(resposta="ab@x.com.br")),
    s("CONF025", conf(quando="31/02/2026 10:00"), (2, 36), conf(quando="28/02/2026 10:00")),
    s("CONF025", conf(quando="31/04/2026 10:00"), (2, 36), conf(quando="28/02/2026\u00a010:00")),
    s("CONF026", conf(quando="2026-01-31 10:00"), (2, 36), conf(quando="2026-02-01 10:00")),
    s("CONF027", conf(quando="2027-12-01 10:00"), (2, 36), conf(quando="2026-12-01 10:00")),
    s("CONF028", conf(pasta="a/b"), (2, 31), conf(pasta="a-b")),
    s("CONF029", conf(pasta=" "), (2, 30), conf(pasta="x")),
    s("CONF030", conf(quando="2026-03-29 01:30"), (2, 36), conf(quando="2026-03-29 02:30")),
    s("CONF031", conf(nome="ola@x.com.br"), (2, 7), conf(nome="Loja @ Centro")),
    s("CONF032", conf(remetente="loja@gmail.com"), (2, 14), conf(remetente="loja@gmail.lojabela.com.br")),
    s("CONF033", conf(ga="a<b"), (2, 38), conf(ga="utm_source=a&utm_campaign=março")),
    s("CONF034", conf(assunto="Oi {{apelido}}"), (2, 4), conf(assunto="Oi {{nome|você}}")),
    s("CONF036", conf(remetente="ana@hotnail.com"), (2, 13), conf(remetente="ana@lojabela.com"), "CONF032"),
    s("CONF037", conf(assunto="x" * 151), (2, 151), conf(assunto="x" * 150)),
    s("CONF038", conf(pasta="x" * 256), (2, 285), conf(pasta="x" * 255)),
    s("CONF039", conf(texto="{{nome}}" * 1001), (2, 8038), conf(texto="{{nome}}" * 999)),
    s("CONF040", conf(assunto="Oi *|FNAME|*"), (2, 4), conf(assunto="Oi {{nome}} [novo]")),
    s("CONF042", conf(nome="Loja {{nome}}"), (2, 9), conf(assunto="Oi {{nome}}")),
    s("CONF043", conf(assunto="Oi {{nome}"), (2, 4), conf(texto="if (x) { if (y) { z }}", assunto="Oi } {")),
    s("CONF044", conf(assunto="#N/D"), (2, 1), conf(assunto="#NADA")),
    s("CONF044", conf(nome=" NULL"), (2, 5), conf(nome="Null")),
    s("CONF041", conf(texto="Oi %%nome%%"), (2, 41), conf(texto="Oi {{nome}}, 10% a 20%")),
    s("CONF050", conf(head=CONF_HEAD + ";;"), (1, 92), conf()),
    s("CONF051", "sep=;\n" + conf(), (1, 1), conf()),
    s("CONF052", "assunto;remetente_email;pasta;texto\nOi;ola@lojabela.com.br;P\n", (2, 25), conf()),
    s("CONF053", conf(texto=";;"), (2, 35), conf()),
    s("CONF046", f"{CONF_HEAD}\n{conf()}", (2, 1), conf()),
    s("CONF061", conf(assunto="Hoje <b>50%</b>"), (2, 6), conf(assunto="R&D <3 <loja>")),
    s("CONF060", f"Campanhas\n{conf()}", (1, 1), conf()),
    s("CONF059", conf().partition("\n")[2], (1, 1), conf()),
    s("CONF058", conf(head=CONF_HEAD.replace("pasta", '"pasta')), (1, 55),
      conf(head=CONF_HEAD.replace("pasta", '"pasta"'))),
    s("CONF054", '"assunto;remetente_email;pasta"\n"Oi;ola@lojabela.com.br;P"\n', (1, 1), conf()),
    s("TEXT018", mail(ROW) + "\x1a", (None, None), mail(ROW), kind=InputType.MAIL),
    s("MAIL050", mail(ROW + ";;", head=MAIL_HEAD + ";;"), (1, 32), mail(ROW)),
    s("MAIL060", "\nClientes\n" + mail(ROW), (2, 1), mail(ROW)),
    s("MAIL051", "sep=;\n" + mail(ROW), (1, 1), mail(ROW)),
    s("MAIL052", mail(ROW, "b@x.com.br;2;Bia"), (3, 17), mail(ROW, "b@x.com.br;2;Bia;;")),
    s("MAIL053", mail(ROW, "b@x.com.br;2;Bia;Natal;RN;;"), (3, 26), mail(ROW)),
    s("MAIL054", mail(ROW, '"b@x.com.br;2;Bia;Natal;RN"'), (3, 1), mail(ROW)),
    s("MAIL056", mail(*["x"] * 1001), (1002, 1), mail(*["x"] * 999), "MAIL011 MAIL045"),
    s("MAIL057", mail(ROW, "b@x.com.br;" * 100_000), (3, 1),
      mail(ROW, "b@x.com.br;2" + ";" * 100_000), "MAIL053"),
    s("MAIL062", mail(*["x", ";;;;"] * 100_001), (2, 1),
      mail(*["x", ";;;;"] * 100_000), "MAIL011 MAIL013 MAIL045 MAIL056"),
    s("MAIL059", ROW + "\n", (1, 1), mail(ROW)),
    s("MAIL058", mail(ROW, head=MAIL_HEAD.replace("nome", '"nome')), (1, 14),
      mail(ROW, head=MAIL_HEAD.replace("nome", '"nome"'))),
    s("MAIL055", mail(ROW, 'b@x.com.br;="02";Bia;Natal;RN'), (3, 12), mail(ROW)),
    s("MAIL055", mail(ROW, 'b@x.com.br; ="02" ;Bia;Natal;RN'), (3, 12), mail(ROW)),
    s("MAIL001", "\n\n", (1, 1), mail(ROW)),
    s("MAIL002", mail("", ";;;;"), (1, 1), mail(ROW), "MAIL013"),
    s("MAIL003", mail("1;Ana", head="uidcli;nome"), (1, 1), mail("a@x.com.br", head="email")),
    s("MAIL004", mail(ROW, head=MAIL_HEAD.replace("cidade", "cidadde")), (1, 19), mail(ROW)),
    s("MAIL005", mail(ROW, head=MAIL_HEAD.replace("cidade", "nome")), (1, 19), mail(ROW)),
    s("MAIL006", mail("1;a@x.com.br", head="uidcli;email"), (1, 8),
      mail("a@x.com.br;1", head="email;uidcli")),
    s("MAIL007", mail(ROW.replace(";", ","), head=MAIL_HEAD.replace(";", ",")), (1, 6),
      mail(ROW), "MAIL014 MAIL045",
      profile=FENCED),
    s("MAIL007", "EMAIL            NOME\n---------------- ----\nana@x.com.br     Ana\n", (1, 6), mail(ROW)),
    s("MAIL008", mail(ROW, 'b@x.com.br;2;"Bia;Natal;RN'), (3, 14),
      mail(ROW, 'b@x.com.br;2;"Bia\nB";Natal;RN')),
    s("MAIL009", mail(ROW, 'b@x.com.br;2;"Bia"B;Natal;RN'), (3, 19),
      mail(ROW, 'b@x.com.br;2;"Bia""B";Natal;RN')),
    s("MAIL010", mail(ROW, 'b@x.com.br;2;Bia "B";Natal;RN'), (3, 18),
      mail(ROW, "b@x.com.br;2;Bia 'B';Natal;RN")),
    s("MAIL011", mail(ROW, "bia"), (3, 4), mail(ROW, "b@x.com.br;2;Bia;;")),
    s("MAIL012", mail(ROW, "b@x.com.br;2;Bia;Natal;RN;x"), (3, 27),
      mail(ROW, 'b@x.com.br;2;Bia;"Natal;RN";RN')),
    s("MAIL013", mail(ROW, "", "b@x.com.br;2;Bia;Natal;RN"), (3, 1), mail(ROW)),
    s("MAIL014", mail(ROW, "b@x.com.br,2,Bia,Natal,RN"), (3, 11), mail(ROW, "b@x.com.br;2,Bia;;Natal;RN")),
    s("MAIL015", mail(ROW, head=MAIL_HEAD.replace("nome", "")), (1, 14), mail(ROW)),
    s("MAIL046", mail(ROW, MAIL_HEAD), (3, 1), mail(ROW)),
    s("MAIL016", mail(ROW, head=";".join("x" * 1001)), (1, 2001), mail(ROW), "MAIL004"),
    s("MAIL017", mail(ROW, f"b@x.com.br;2;{'x' * 10_001};Natal;RN"), (3, 14),
      mail(ROW, f"b@x.com.br;2;{'x' * 9_999};;RN")),
    s("MAIL018", mail(ROW, "b@x.com.br;2; Bia;Natal;RN"), (3, 14), mail(ROW, "b@x.com.br;2;Bia B;Natal;RN")),
    s("MAIL018", mail(ROW, "b@x.com.br;2;Bia ;Natal;RN"), (3, 17), mail(ROW, "b@x.com.br;2;Bia B;Natal;RN")),
    s("MAIL019", mail(ROW, "b@x.com.br;2;#N/D;Natal;RN"), (3, 14), mail(ROW, "b@x.com.br;2;#1;Natal;RN")),
    s("MAIL019", mail(ROW, "b@x.com.br;2;####;Natal;RN"), (3, 14), mail(ROW, "b@x.com.br;2;#;##1;RN")),
    s("MAIL061", mail(ROW, "b@x.com.br;\\N;NULL;NULL;RN"), (3, 12), mail(ROW, "b@x.com.br;\\;NULLE;Null;RN")),
    s("MAIL061", mail(ROW, "b@x.com.br;2;NA;nan;RN"), (3, 14), mail(ROW, "b@x.com.br;2;Nan;NA Luz;RN")),
    s("MAIL061", mail(ROW, "b@x.com.br;2; None;undefined;RN"), (3, 15),
      mail(ROW, "b@x.com.br;2;Nonen;none;RN"), "MAIL018"),
    s("MAIL020", mail(ROW, ";2;Bia;Natal;RN"), (3, 1), mail(ROW)),
    s("MAIL021", mail(ROW, "bia.x.com.br;2;Bia;Natal;RN"), (3, 1), mail(ROW)),
    s("MAIL022", mail(ROW, "b@x.com.br, c@x.com.br;2;Bia;Natal;RN"), (3, 1), mail(ROW)),
    s("MAIL023", mail(ROW, "bia b@x.com.br;2;Bia;Natal;RN"), (3, 4),
      mail(ROW, '"""bia b""@x.com.br";2;Bia;Natal;RN')),
    s("MAIL024", mail(ROW, "bia..b@x.com.br;2;Bia;Natal;RN"), (3, 4),
      mail(ROW, "bia.b+x'y@x.com.br;2;Bia;Natal;RN")),
    s("MAIL025", mail(ROW, "bia@a.-x.br;2;Bia;Natal;RN"), (3, 7), mail(ROW, "bia@a.x-y.br;2;Bia;Natal;RN")),
    s("MAIL026", mail(ROW, "bia@empresa;2;Bia;Natal;RN"), (3, 5), mail(ROW, "bia@empresa.br;2;Bia;Natal;RN")),
    s("MAIL027", mail(ROW, f"{'x' * 65}@x.com.br;2;Bia;Natal;RN"), (3, 1),
      mail(ROW, f"{'x' * 64}@x.com.br;2;;Natal;RN")),
    s("MAIL028", mail(ROW, "Bia <bia@x.com.br>;2;Bia;Natal;RN"), (3, 5), mail(ROW)),
    s("MAIL029", mail(ROW, " bia@x.com.br;2;Bia;Natal;RN"), (3, 1), mail(ROW, "bia@x.com.br;2;Bia;Natal;RN")),
    s("MAIL030", mail(ROW, "bia@gmial.com;2;Bia;Natal;RN"), (3, 5), mail(ROW, "bia@mail.com;2;Bia;Natal;RN")),
    s("MAIL031", mail(ROW, ROW.upper()), (3, 1), mail(ROW, "b" + ROW)),
    s("MAIL032", mail(ROW, "contato@x.com.br;2;Bia;Natal;RN"), (3, 1),
      mail(ROW, "contatos@x.com.br;2;Bia;Natal;RN")),
    s("MAIL022", mail(ROW, "b@x.com.br ::: c@x.com.br;2;Bia;Natal;RN"), (3, 1), mail(ROW)),
    s("MAIL034", mail(ROW, "nao@naotem.com.br;2;Bia;Natal;RN"), (3, 5),
      mail(ROW, "bia@naotemos.com.br;2;Bia;Natal;RN")),
    s("MAIL034", mail(ROW, "bia@example.com;2;Bia;Natal;RN"), (3, 5),
      mail(ROW, "bia@exemplar.com;2;Bia;Natal;RN")),
    s("MAIL035", mail(ROW, "bi\u200ba@x.com.br;2;Bia;Natal;RN"), (3, 3), mail(ROW)),
    s("MAIL036", mail(ROW, "josé@x.com.br;2;Bia;Natal;RN"), (3, 1),
      mail(ROW, "jose@café.com.br;2;Bia;Natal;RN")),
    s("MAIL037", mail(ROW, "bia@b@x.com.br;2;Bia;Natal;RN"), (3, 6), mail(ROW)),
    s("MAIL038", mail(ROW, "mailto:bia@x.com.br;2;Bia;Natal;RN"), (3, 1),
      mail(ROW, "mailto@x.com.br;2;Bia;Natal;RN")),
    s("MAIL039", mail(ROW, "bia@[192.0.2.1];2;Bia;Natal;RN"), (3, 1), mail(ROW)),
    s("MAIL039", mail(ROW, "jo?o@x.com.br;2;Bia;Natal;RN"), (3, 1),
      mail(ROW, "d'avila/b@x.com.br;2;B;Natal;RN")),
    s("MAIL039", mail(ROW, "bia@l\u043ejabela.com.br;2;Bia;Natal;RN"), (3, 5),
      mail(ROW, "bia@\u043b\u043e\u0434\u0436\u0438\u044f.com.br;2;Bia;Natal;RN")),
    s("MAIL040", mail("a@x.com.br;5,5119E+12", head="email;celular"), (2, 12),
      mail("a@x.com.br;5511988887777", head="email;celular")),
    s("MAIL041", mail("a@x.com.br;31/02/1980", head="email;data_nascimento"), (2, 12),
      mail("a@x.com.br;29/02/1980", head="email;data_nascimento")),
    s("MAIL042", mail(ROW, "b@x.com.br;2;Bia;Natal;XX"), (3, 24), mail(ROW, "b@x.com.br;2;Bia;Natal;rn")),
    s("MAIL043", mail("a@x.com.br;1234", head="email;cep"), (2, 12),
      mail("a@x.com.br;01310-100", head="email;cep")),
    s("MAIL044", mail("a@x.com.br;7", head="email;sexo"), (2, 12), mail("a@x.com.br;F", head="email;sexo")),
    s("MAIL045", mail("bia;2;Bia;Natal;RN"), (None, None), mail(ROW), "MAIL021"),
    s("MAIL047", mail(ROW, 'b@x.com.br;2;"Bia;Natal;RN', 'c@x.com.br;3;Cia";Natal;RN'), (3, 14),
      mail(ROW, 'b@x.com.br;2;"Bia\nde Ana, b@y.com";Natal;RN')),
    s("HTML001", " \n", (1, 1), html()),
    s("HTML002", "Olá, Ana", (1, 1), html()),
    s("HTML003", html().replace("body", "div"), (1, 1), html()),
    s("HTML004", html("<b>Oi"), (3, 1), html("<b>Oi</b><p>Oi<li>x")),
    s("HTML005", html("Oi {{apelido}}"), (3, 4), html("Oi {{NOME}}")),
    s("HTML006", html("Oi {{nome}"), (3, 4), html("Oi {nome}")),
    s("HTML007", html('<a href="loja.html">x</a>'), (3, 10), html('<a href="#topo">x</a>')),
    s("HTML008", html('<a href="file:///c:/x">x</a>'), (3, 10),
      html('<a href="https://x.com.br/c:/x">x</a>')),
    s("HTML009", html('<a href="javascript:x()">x</a>'), (3, 10), html('<a href="mailto:a@x.com.br">x</a>')),
    s("HTML010", html('<img alt="" src="http://x.com.br/a.png">'), (3, 18),
      html('<img alt="" src="https://x.com.br/a.png">')),
    s("HTML011", html(out=""), (1, 1), html()),
    s("HTML012", html("á" * 52_300), (1, 1), html("a" * 104_000)),
    s("HTML013", html('<img src="https://x.com.br/a.png">'), (3, 1),
      html('<img src="https://x.com.br/a.png" alt="">')),
    s("HTML014", html('<img alt="" src="data:image/png;base64,AA">'), (3, 18),
      html('<img alt="" src="https://x.com.br/data:">')),
    s("HTML015", html("<script>{{x</script>"), (3, 1), html("<style>a{{}}</style>")),
    s("HTML016", html('<form action="https://x.com.br">x</form>'), (3, 1), html("<p>form</p>")),
    s("HTML017", html('<img alt="" src="a.png">'), (3, 18), html('<img alt="" src="{{livre1}}">'),
      files={InputType.MAIL: mail("a@x.com.br;x", head="email;livre1")}),
    s("HTML019", html('<a href="#">x</a>'), (3, 10), html('<a name="x">x</a>')),
    s("HTML020", html("<style>\n@import url(x);</style>"), (4, 1), html("<style>p{color:red}</style>")),
    s("HTML021", html('<iframe src="https://x.com.br"></iframe>'), (3, 1), html("<p>iframe</p>")),
    s("HTML022", html(head=""), (1, 1), html()),
    s("HTML023", html('<a href="https:///x">x</a>'), (3, 10), html('<a href="https://x">x</a>')),
    s("HTML024", html('<a href="http://192.168.0.9/x">x</a>'), (3, 10),
      html('<a href="http://192.0.2.9/x">x</a>')),
    s("HTML025", '<body><img alt="" src="https://x.com.br/a.png">Oi\n', (1, 1), html(), "HTML011 HTML022"),
    s("HTML029", html('<a href="http:/x.com.br">x</a>'), (3, 10), html('<a href="HTTP://x.com.br">x</a>')),
    s("HTML030", html(), (1, 1), html('<a href="{{ver_online}}">web</a>')),
    s("HTML031", html("Oi *|FNAME|*"), (3, 4), html("Oi * | *")),
    s("HTML032", html(head='<title>x</title><meta http-equiv="refresh" content="1">'), (1, 29),
      html(head='<title>x</title><meta charset="utf-8">')),
    s("HTML033", html('<a href="gopher://x">x</a>'), (3, 10), html('<a href="tel:+55">x</a>')),
    s("HTML034", html('<img alt="">'), (3, 1), html('<img alt="" src="https://x.com.br/a.png">')),
    s("HTML035", html('<img alt="" src="C:\\a.png">'), (3, 18), html('<img alt="" src="//x.com.br/a.png">')),
    s("HTML037", html("Oi nome}}"), (3, 8), html("Oi }")),
    s("HTML039", html("<!-- Oi"), (3, 1), html("<!-- Oi --> 1 < 2 <![if !mso]>x<![endif]>")),
    s("HTML040", html("{{nome}}" * 1001), (3, 8001), html("{{nome}}" * 999)),
    s("HTML041", html("<p>" * 20_000), (3, 59_983), html("<p>" * 19_900)),
    s("HTML042", html("Oi {{<b>nome</b>}}"), (3, 4), html("Oi <b>{{nome}}</b>")),
    s("HTML038", html("Oi</b>"), (3, 3), html("Oi</p>")),
]  # fmt: skip

ELSEWHERE = {
    "MAIL033": "needs the network",
    "NAME017": "of a visit",
    "SET011": "of a visit",
    "SET012": "of a visit",
    "SET007": "of a search",
    "SET008": "of a search",
}


def check(sample: Sample, content: str | bytes) -> list[tuple]:
    if sample.names:
        assert isinstance(content, str)
        names = (
            content.split()
            if content.startswith(("P_CONF_20260301 P", "P_HTML", "P\u00e3_CONF"))
            else [content]
        )
        log = FindingCollector()
        for findings in group_files(names).findings.values():
            for finding in findings:
                log.add(finding)
        return list(log)
    kind = sample.kind or next(kind for kind in InputType if sample.rule.startswith(kind.value))
    contents = {InputType.CONF: conf(), InputType.HTML: html(), InputType.MAIL: mail(ROW), **sample.files}
    contents[kind] = content
    data = {k: c if isinstance(c, bytes) else c.encode("utf-8") for k, c in contents.items()}
    files = TripletFiles(KEY, {k: (lambda raw=raw: io.BytesIO(raw)) for k, raw in data.items()})
    wanted = frozenset(rule.id for rule in CATALOGUE if not rule.optional) | {sample.rule}
    zone = ZoneInfo("Europe/Lisbon") if sample.rule == "CONF030" else ZoneInfo("America/Sao_Paulo")
    inspection = check_triplet(
        files, sample.profile, zone=zone, now=NOW, options=CheckOptions(selected_rules=wanted)
    )
    inspection.count_contacts()
    return list(inspection.findings)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rule)
def test_a_breach_is_found_at_its_place_and_nothing_else(sample):
    findings = check(sample, sample.bad)
    found = [(f.line, f.column) for f in findings if f.rule == sample.rule]
    assert sample.at in found
    assert {f.rule for f in findings} <= {sample.rule} | sample.others


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rule)
def test_what_is_fine_is_left_alone(sample):
    assert sample.rule not in {finding.rule for finding in check(sample, sample.good)}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rule)
@pytest.mark.parametrize("language", ["pt_BR", "en"])
def test_a_finding_speaks_both_languages_with_all_its_values(sample, language):
    finding = next(f for f in check(sample, sample.bad) if f.rule == sample.rule)
    texts = message(finding, language), remedy(finding, language)
    assert all(text and "…" not in text and "{nearest" not in text for text in texts)
    if finding.line is not None and finding.column is not None:
        cut = finding.column - 1 - finding.skipped_chars
        assert 0 <= cut <= len(finding.excerpt)


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.rule.startswith("MAIL")], ids=lambda s: s.rule)
def test_a_rule_says_the_same_when_every_line_is_read_one_by_one(sample, monkeypatch):
    ordinary = [check(sample, text) for text in (sample.bad, sample.good)]
    monkeypatch.setattr(line_pattern.LinePatterns, "fast", re.compile(rb"()[^\n]*\n"))
    assert [check(sample, text) for text in (sample.bad, sample.good)] == ordinary


def test_every_rule_has_a_sample():
    assert {sample.rule for sample in SAMPLES} | set(ELSEWHERE) == set(RULES)


def test_a_value_that_is_missing_shows_as_such_and_an_aside_not_at_all():
    assert "…" in RULES["MAIL033"].message("en", {})
    assert RULES["CONF004"].remedy("en", {"header": "x"}) == RULES["CONF004"].remedy("en", {"nearest": ""})
    assert "“assunto”" in RULES["CONF004"].remedy("pt_BR", {"nearest": "assunto"})


def test_findings_that_an_earlier_version_stored_still_speak():
    stored = {"header": "x", "hint_pt": " Você quis dizer “y”?", "hint_en": " Did you mean “y”?"}
    assert RULES["CONF004"].remedy("en", stored).endswith("Did you mean “y”?")
    assert RULES["CONF004"].remedy("pt_BR", stored).endswith("Você quis dizer “y”?")
    assert RULES["MAIL033"].message("en", {"domain": "x.com", "reason_en": "gone"}).endswith("gone")
    assert RULES["NAME001"].remedy("pt_BR", {"nearest_pt": " (talvez HTML)"}).count("(talvez HTML)") == 1


def test_there_are_enough_rules_and_no_two_are_one():
    assert len(RULES) == len(CATALOGUE) >= 60


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("0", "nenhum dos 0 contatos pode"),
        ("1", "o único contato não pode"),
        ("2", "nenhum dos 2 contatos pode"),
    ],
)
def test_a_number_has_its_form(lines, said):
    assert RULES["MAIL045"].message("pt_BR", {"lines": lines}).startswith(said)


@pytest.mark.parametrize(
    ("head", "rules"),
    [("email;nome;cidadde", {"MAIL004"}), ("e-mail;nome", {"MAIL003"}), ("E-mail;nome;cidade", {"MAIL003"})],
)
def test_one_wrong_header_is_one_finding(head, rules):
    row = ";".join(["ana@lojabela.com.br", "x", "y"][: head.count(";") + 1])
    sample = Sample("MAIL003", mail(row, head=head), (1, 1), "")
    assert {finding.rule for finding in check(sample, sample.bad)} == rules
