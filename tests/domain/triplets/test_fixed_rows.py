"""Rows of MAIL as ``--fix`` writes them anew."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from mpftp.domain.file_names import InputType, TripletKey
from mpftp.domain.profile import DEFAULT_PROFILE
from mpftp.domain.triplets.fixing import write_fixed_copies
from mpftp.domain.triplets.triplet import TripletFiles, check_triplet


class Kept(io.BytesIO):
    """A copy whose text outlives its closing."""

    def close(self):
        self.text = self.getvalue().decode()


def test_another_spelling_of_an_address_is_dropped():
    data = {
        InputType.CONF: b"assunto;remetente_email;pasta\nOi;ola@lojabela.com.br;P\n",
        InputType.HTML: b'<html><body>Oi <a href="{{descadastro}}">sair</a></body></html>',
        InputType.MAIL: "email\na@café.com.br\na@xn--caf-dma.com.br\na@cafe.com.br\n".encode(),
    }
    key = TripletKey("P", "20260301")
    files = TripletFiles(key, {kind: (lambda raw=raw: io.BytesIO(raw)) for kind, raw in data.items()})
    inspection = check_triplet(files, DEFAULT_PROFILE, zone=UTC, now=datetime(2026, 2, 1, tzinfo=UTC))
    inspection.count_contacts()
    copies = {}
    write_fixed_copies(files, inspection, lambda name: copies.setdefault(name, Kept()), unsafe=False)
    assert copies["P_MAIL_20260301"].text.split() == ["email", "a@café.com.br", "a@cafe.com.br"]
