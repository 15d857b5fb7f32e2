"""``mpftp guide``: the page tells what was agreed on, and its model triplet is accepted as it is."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from mpftp.cli import main
from mpftp.domain.texts import languages, texts

CONFIG = """
state = "state.db"
[support]
name = "Ajuda & Cia"
address = "ajuda@envios.example"
[clients.acme]
endpoint = "ftps://files.acme.example"
user = "acme"
password = "secret"
directory = "campanhas"
display_name = "Loja <Acme>"
language = "{language}"
fragment = {{ contacts = 5000, every_hours = 1 }}
receipt_file = true
profile = "acme"
[profiles.acme]
merge_open = "[["
merge_close = "]]"
delimiter = ","
[profiles.acme.mail]
email = "E-mail"
nome = "Nome do cliente"
"""


@pytest.fixture
def guide(tmp_path):
    """A function that writes the guide and returns its folder."""

    def make(*options, language="pt_BR"):
        path = tmp_path / "mpftp.toml"
        path.write_text(CONFIG.format(language=language), "utf-8")
        path.chmod(0o600)
        folder = tmp_path / "guide"
        arguments = ["guide", "acme", str(folder), "--config", str(path), *options]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return folder, path

    return make


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("options", [(), ("--encoding", "windows-1252")])
def test_the_model_triplet_is_accepted_without_a_finding(guide, language, options):
    folder, config = guide(*options, language=language)
    arguments = ["validate", str(folder / "modelos" / "entrada"), "--profile", "acme", "--lang", "en"]
    result = CliRunner().invoke(main, [*arguments, "--config", str(config)])
    assert result.exit_code == 0, result.output
    assert "no problem; 3 contacts: 3 valid" in result.output


def test_the_page_tells_this_clients_terms_and_needs_nothing_from_outside(guide):
    folder, _ = guide()
    page = (folder / "index.html").read_text("utf-8").replace("<wbr>", "")
    for text in ("ftps://files.acme.example", "campanhas", "Loja &lt;Acme&gt;", "[[nome|cliente]]",
                 "Nome do cliente", "py -m mpftp validate --lang pt_BR C:\\campanhas",
                 "America/Sao_Paulo", "5000", "_RECIBO_", "caixa postal cheia",
                 "Ajuda &amp; Cia &lt;ajuda@envios.example&gt;", 'lang="pt-BR"'):  # fmt: skip
        assert text in page, text
    assert "_SITUACAO_" not in page
    assert "secret" not in page
    assert "<script" not in page
    assert "src=" not in page


def test_all_that_comes_back_is_there(guide):
    folder, _ = guide()
    answers = folder / "modelos" / "retorno"
    names = sorted(path.name.split("_")[1] for path in answers.iterdir())
    assert names == ["ABERTURA", "ABERTURAUNICA", "CANCELADO", "CLIQUE", "CLIQUEUNICO", "ERRO", "RECIBO",
                     "RETORNADO", "SITUACAO"]  # fmt: skip
    refusal = next(answers.glob("*_ERRO_*")).read_text("utf-8-sig")
    assert "1;1;MAIL003;falta o cabeçalho obrigatório “E-mail”;" in refusal
    for kind in ("ERRO", "RECIBO"):
        assert "suporte;Ajuda & Cia <ajuda@envios.example>" in next(answers.glob(f"*_{kind}_*")).read_text(
            "utf-8-sig"
        )
    assert "caixa postal cheia" in next((folder / "modelos" / "retorno").glob("*_RETORNADO_*")).read_text(
        "utf-8-sig"
    )


def test_a_folder_in_use_is_left_alone(guide, tmp_path):
    folder, path = guide()
    result = CliRunner().invoke(main, ["guide", "acme", str(folder), "--config", str(path)])
    assert (result.exit_code, "is not empty" in result.output) == (2, True)


def test_every_column_and_file_has_its_words():
    for language in languages():
        words = texts(language)
        assert set(words.GUIDE_COLUMNS) == set(texts("pt_BR").GUIDE_COLUMNS)
