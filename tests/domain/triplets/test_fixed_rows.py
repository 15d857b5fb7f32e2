"""Rows of MAIL as ``--fix`` writes them anew."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.contact import parse_record
from mpftp.domain.triplets.fixing import write_fixed_copies
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet


class Kept(io.BytesIO):
    """A copy whose text outlives its closing."""

    def close(self):
        self.text = self.getvalue().decode()


def checked(mail):
    data = {
        InputType.CONF: b"assunto;remetente_email;pasta\nOi;ola@lojabela.com.br;P\n",
        InputType.HTML: b'<html><body>Oi <a href="{{descadastro}}">sair</a></body></html>',
        InputType.MAIL: mail.encode(),
    }
    key = TripletKey("P", "20260301")
    files = TripletFiles(key, {kind: (lambda raw=raw: io.BytesIO(raw)) for kind, raw in data.items()})
    inspection = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    inspection.count_contacts()
    return files, inspection


def fixed_lines(files, inspection):
    copies = {}
    write_fixed_copies(files, inspection, lambda name: copies.setdefault(name, Kept()), unsafe=False)
    return copies["P_MAIL_20260301"].text.splitlines()


def test_another_spelling_of_an_address_is_dropped():
    lines = fixed_lines(*checked("email\na@café.com.br\na@xn--caf-dma.com.br\na@cafe.com.br\n"))
    assert lines == ["email", "a@café.com.br", "a@cafe.com.br"]


def test_lines_that_can_be_read_in_one_way_only_are_not_judged_again(monkeypatch):
    judged = []

    def note(text, *args, **kwargs):
        judged.append(text)
        return parse_record(text, *args, **kwargs)

    plain = ['"a@x.com.br ";" Ana "', 'b@X.com.br ; "B ""B"""', " c@x.com.br;", '"d@x.com.br" ;J\r']
    others = ['e@x.com.br;="1"', 'f@x.com.br;"a\nb"', 'g@x.com.br;"h" i']
    inspected = checked("\n".join(["email;nome", *plain, *others, ""]))
    monkeypatch.setattr("mpftp.domain.triplets.slow_lines.parse_record", note)
    lines = fixed_lines(*inspected)
    assert lines[1:5] == ["a@x.com.br;Ana", 'b@x.com.br;"B ""B"""', "c@x.com.br;", "d@x.com.br;J"]
    assert set(judged) == set(others)
