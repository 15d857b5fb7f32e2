"""Damaged CONF and MAIL: one cause is one finding, and a corrected copy loses and alters no contact."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest

from mpftp.domain.campaign import DeliveryState
from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.findings import remedy
from mpftp.domain.triplets.fixing import write_fixed_copies
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet

KEY = TripletKey("P", "20260301")
CONF = "assunto;remetente_email;pasta;datahora_envio\nOi;ola@lojabela.com.br;P;\n"
CONF_HEAD, CONF_ROW = CONF.splitlines()
HTML = "<html><body>Ola</body></html>\n"
HEAD = "email;nome;estado"
ANA, BIA, CEU = "ana@x.com.br;Ana;SP", "bia@x.com.br;Bia;RJ", "ceu@x.com.br;Ceu;RN"
ALL = [tuple(row.split(";")) for row in (ANA, BIA, CEU)]


def check(mail, conf=CONF):
    texts = {InputType.CONF: conf, InputType.HTML: HTML, InputType.MAIL: mail}
    data = {kind: text if isinstance(text, bytes) else text.encode() for kind, text in texts.items()}
    files = TripletFiles(KEY, {kind: (lambda raw=raw: io.BytesIO(raw)) for kind, raw in data.items()})
    checked = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    contacts = [one.values for one in checked.contacts() if one.state is DeliveryState.PENDING]
    return files, checked, contacts


def fixed(files, checked):
    copies = {}

    class Copy(io.BytesIO):
        def __init__(self, name):
            super().__init__()
            self.name = name

        def close(self):
            copies[self.name] = self.getvalue()
            super().close()

    told = write_fixed_copies(files, checked, Copy)
    return {kind: copies[KEY.file(kind)] for kind in InputType}, told


def rules(checked, kind):
    return sorted(finding.rule for finding in checked.findings if kind in finding.file)


def rows(*lines, head=HEAD):
    return "\n".join([head, *lines]) + "\n"


MAILS = [
    ("a quote in an address is that address's fault", rows(ANA, 'bi"a@x.com.br;Bia;RJ', CEU), "MAIL024", ""),
    ("or that of a value with a rule", rows(ANA, 'bia@x.com.br;Bia;R"J', CEU), "MAIL042", ""),
    ("a name in quotes before an address", rows(ANA, '"Lima; Bia" <bia@x.com.br>;B;RJ', CEU), "MAIL028", ""),
    ("and in a column of something else", rows(ANA, 'bia@x.com.br;"Bia" <b@x.com.br>;RJ', CEU), "MAIL010",
     [ALL[0], ("bia@x.com.br", '"Bia" <b@x.com.br>', "RJ"), ALL[2]]),
    ("spaces around quotes", rows('"ana@x.com.br" ; "Ana";SP', BIA, CEU), "MAIL018 MAIL029", ALL),
    ("an empty row in quotes", rows(ANA, '"";"";""', BIA, CEU), "MAIL013", ALL),
    ("an empty row above the header", ";;\n" + rows(ANA, BIA, CEU), "", ALL),
    ("an empty row in quotes above it", '"";"";""\n' + rows(ANA, BIA, CEU), "", ALL),
    ("sep= with a tab", "sep=\t\n" + rows(ANA, BIA, CEU).replace(";", "\t"), "MAIL051", ALL),
    ("sep= saved again", "sep=;;;\n" + rows(ANA, BIA, CEU), "MAIL051", ALL),
    ("sep= quoted and saved again", '"sep=;",,\n' + rows(ANA, BIA, CEU).replace(";", ","), "MAIL051", ALL),
    ("a title above the header", "Clientes;;\n;;\n" + rows(ANA, BIA, CEU), "MAIL060", ALL),
    ("lines of a program above it", "#TYPE A.B\n# x,\n" + rows(ANA, BIA, CEU).replace(";", ","),
     "MAIL060", ALL),
    ("data above it", rows(ANA, HEAD, BIA, CEU, head="nome@x;a;b"), "MAIL059", ""),
    ("two exports joined, with their marks", b"\xef\xbb\xbf" + rows(ANA, "\ufeff" + HEAD, BIA, CEU).encode(),
     "MAIL046 TEXT004", ALL),
    ("two files joined by DOS", rows(ANA, "\x1a" + HEAD, BIA, CEU), "MAIL046 TEXT009", ALL),
    ("headers in capitals between commas", rows(ANA, BIA, CEU, head=HEAD.upper()).replace(";", ","),
     "MAIL003 MAIL004 MAIL004", ALL),
    ("and in quotes", rows(ANA, BIA, CEU, head='"EMAIL";"NOME";"ESTADO"').replace(";", ","),
     "MAIL003 MAIL004 MAIL004", ALL),
    ("two exports joined", rows(ANA, "sep=;", HEAD, BIA, CEU), "MAIL046 MAIL051", ALL),
    ("the header again in capitals", rows(ANA, HEAD.upper(), BIA, CEU), "MAIL046", ALL),
    ("the header again with spaces", rows(ANA, "email ; nome;estado", BIA, CEU), "MAIL046", ALL),
    ("no header", "\n".join([ANA, BIA, CEU, ""]), "MAIL059", ""),
    ("no header, and a stray quote", rows(BIA, CEU, head='"ana@x.com.br"x;Ana;SP'), "MAIL059", ""),
    ("records of a program", '[{"email":"ana@x.com.br","nome":"Ana"}]\n', "SET013", ""),
    ("no header, one line", ANA + "\n", "MAIL059", ""),
    ("two headers in one pair of quotes", rows(ANA, BIA, CEU, head='"email;nome";estado'), "MAIL058", ""),
    ("a cut last line", rows(ANA, BIA) + "ceu@x", "TEXT008", ""),
    ("a cut last line in quotes", rows(ANA, BIA) + 'ceu@x.com.br;"Ce', "TEXT008", ""),
    ("two marks", b"\xef\xbb\xbf\xef\xbb\xbf" + rows(ANA, BIA, CEU).encode(), "TEXT004", ALL),
    ("a mark before an address", rows(ANA, "\ufeff" + BIA, CEU), "TEXT004", ALL),
    ("a row too short, and no address", rows(ANA, "Bia;RJ", BIA, CEU), "MAIL011", ""),
    ("a quote that swallows an address", rows(ANA, '"bia@x.com.br;Bia;RJ', 'ceu@x.com.br";Ceu;RN'),
     "MAIL047", ""),
    ("and one before the name", rows(ANA, 'bia@x.com.br;"Bia;RJ', 'ceu@x.com.br";Ceu;RN'), "MAIL047", ""),
    ("one that begins before the address",
     rows("Ana;SP;ana@x.com.br", '"Bia;RJ;bia@x.com.br', 'Ceu";RN;ceu@x.com.br', head="nome;estado;email"),
     "MAIL006 MAIL047", ""),
    ("one that closes before the address",
     rows("Ana;ana@x.com.br;SP", 'Bia;bia@x.com.br;"RJ', 'Ceu";ceu@x.com.br;RN', head="nome;email;estado"),
     "MAIL006 MAIL047", ""),
    ("one that leaves an empty value", rows(ANA, 'bia@x.com.br;Bia;"RJ', 'ceu@x.com.br";;RN'), "MAIL047", ""),
    ("one that leaves none but empty ones", rows(ANA, 'bia@x.com.br;Bia;"RJ', 'ceu@x.com.br";;'),
     "MAIL047", ""),
    ("one beside another that hides the width", rows('ana@x.com.br;"Ana;SP', 'bia@x.com.br";"Bia;RJ"', CEU),
     "MAIL047", ""),
    ("one that begins with an address",
     rows("Ana;ana@x.com.br;SP", 'Bia;"bia@x.com.br;RJ', 'Ceu";ceu@x.com.br', head="nome;email;estado"),
     "MAIL006 MAIL047", ""),
    ("one below a row that is too short", rows(ANA + ";1", 'bia@x.com.br;"Bia;RJ', 'ceu@x.com.br";"Ceu;RN;2"',
                                               head=HEAD + ";uidcli"), "MAIL006 MAIL047", ""),
    ("a value over lines", rows(ANA, 'bia@x.com.br;"Bia\nb@x.com.br";RJ', CEU), "",
     [ALL[0], ("bia@x.com.br", "Bia\nb@x.com.br", "RJ"), ALL[2]]),
    ("and with an address behind a delimiter on its first line",
     rows(ANA, 'bia@x.com.br;"Rua 1; eva@x.com.br\nfalar com eva@x.com.br";RJ', CEU), "",
     [ALL[0], ("bia@x.com.br", "Rua 1; eva@x.com.br\nfalar com eva@x.com.br", "RJ"), ALL[2]]),
    ("a value over lines in CR LF",
     rows(ANA, 'bia@x.com.br;"Bia\nB";RJ', CEU).replace("\n", "\r\n"), "",
     [ALL[0], ("bia@x.com.br", "Bia\nB", "RJ"), ALL[2]]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("mail", "said", "wanted"), [one[1:] for one in MAILS], ids=[one[0] for one in MAILS]
)
def test_a_cause_in_mail_is_one_finding_and_its_copy_keeps_every_contact(mail, said, wanted):
    files, checked, contacts = check(mail)
    assert rules(checked, "MAIL") == sorted(said.split())
    copies, told = fixed(files, checked)
    again, now, after = check(copies[InputType.MAIL])
    assert after == contacts if not wanted else after == list(wanted)
    assert fixed(again, now)[0][InputType.MAIL] == copies[InputType.MAIL]
    assert rules(now, "MAIL") == (sorted(said.split()) if not wanted else [])
    done = next(one for one in told if "MAIL" in one.file)
    changed = done.changed or done.dropped or done.cleaned or done.line_ends or done.encoding
    assert bool(changed) == (copies[InputType.MAIL] != (mail if isinstance(mail, bytes) else mail.encode()))


def test_a_header_below_another_line_is_read_without_a_line_end():
    assert rules(check("sep=;\n" + HEAD)[1], "MAIL") == ["MAIL002", "MAIL051"]


CONFS = [
    ("a quote in an address", CONF.replace("ola@", 'ola"@'), "CONF023", False),
    (
        "a name in quotes before an address",
        CONF.replace("ola@lojabela.com.br", '"Loja" <ola@x.com.br>'),
        "CONF023",
        False,
    ),
    ("a quote in the folder", CONF.replace(";P;", ';P"q;'), "CONF028", False),
    ("the header again", f"{CONF_HEAD}\n{CONF}", "CONF046", True),
    ("the header again in capitals", f"{CONF_HEAD}\n{CONF_HEAD.upper()}\n{CONF_ROW}\n", "CONF046", True),
    (
        "the header again with spaces",
        CONF.replace("\n", "\n" + CONF_HEAD.replace(";", " ; ") + "\n", 1),
        "CONF046",
        True,
    ),
    ("the header twice again", f"{CONF_HEAD}\n{CONF_HEAD}\n{CONF}", "CONF046 CONF046", True),
    ("the header alone, twice", f"{CONF_HEAD}\n{CONF_HEAD}\n", "CONF002 CONF046", False),
    ("no header", f"{CONF_ROW}\n", "CONF059", False),
    ("a title above the header", f"Campanha\n\n{CONF}", "CONF060", True),
    ("a line of a program above it", f"\n#TYPE A.B\n{CONF}", "CONF060", True),
    ("a time of a database", CONF.replace("P;", "P;2026-02-01 09:00:00.0000000"), "", False),
    ("a delimiter in the subject", CONF.replace("Oi;", "Oi; voce;"), "CONF012", False),
    ("empty columns in both lines", CONF.replace("\n", ";;\n"), "CONF050", True),
    ("an open quote, and lines below", CONF.replace("Oi;", '"Oi;') + 'a"b;\n c;\n', "CONF008", False),
    ("a cut last line", CONF.rpartition("com")[0], "TEXT008", False),
    ("a cut last line in quotes", CONF.rpartition("ola")[0] + '"ola', "TEXT008", False),
    ("a message", HTML, "SET005", False),
    ("two marks", "\ufeff\ufeff" + CONF, "TEXT004", True),
    ("a NUL in the subject", CONF.replace("Oi", "O\x00i"), "TEXT003", False),
    ("a NUL in an address", CONF.replace("ola@", "ola@\x00"), "TEXT003", False),
]


@pytest.mark.parametrize(
    ("conf", "said", "mended"), [one[1:] for one in CONFS], ids=[one[0] for one in CONFS]
)
def test_a_cause_in_conf_is_one_finding(conf, said, mended):
    files, checked, _ = check(rows(ANA, BIA, CEU), conf)
    assert rules(checked, "CONF") == sorted(said.split())
    copy = fixed(files, checked)[0][InputType.CONF]
    again, now, _ = check(rows(ANA, BIA, CEU), copy)
    assert fixed(again, now)[0][InputType.CONF] == copy
    kept = [rule for rule in sorted(said.split()) if rule != "CONF046"]
    assert rules(now, "CONF") == ([] if mended else kept)
    assert (copy == CONF.encode()) == mended


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ("email;saldo", "como “livre1”."),
        ("email;livre1;saldo", "como “livre2”."),
        ("email;sexoo", "Você quis dizer “sexo”?"),
    ],
)
def test_a_header_that_is_none_is_answered_with_one_that_takes_its_data(headers, said):
    _, checked, _ = check(f"{headers}\na@x.com.br;1;2\n")
    (told,) = [one for one in checked.findings if one.rule == "MAIL004"]
    assert said in remedy(told, "pt_BR")


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("Promo&ccedil;&atilde;o", True),
        ("R&amp;D", True),
        ("Hoje<br/>mais", True),
        ("A&B; C&nada; <3", False),
    ],
)
def test_html_in_a_value_that_is_shown_as_it_stands_is_told_once(subject, told):
    _, checked, _ = check(f"{HEAD}\n{ANA}\n", f'assunto;remetente_email;pasta\n"{subject}";a@x.com.br;P\n')
    assert [one.rule for one in checked.findings].count("CONF061") == told
