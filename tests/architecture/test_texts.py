"""What people read stands in ``domain/texts`` alone, a module a language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from mpftp.domain.texts import languages

TEXTS = "mpftp/domain/texts/"

FOREIGN_ALLOWED = {
    "mpftp/adapters/ftp/advice.py": "words of servers' replies, to read",
    "mpftp/adapters/ftp/listing.py": "names of months in listings, to read",
    "mpftp/adapters/smtp/pool.py": "words of relays' replies, to read",
    "mpftp/cli/views/report_page.py": "values of a sample contact",
    "mpftp/domain/bounces/": "words of servers and of people, to read",
    "mpftp/domain/results/sample_triplet.py": "values of sample contacts",
    "mpftp/domain/triplets/address.py": "names of mailboxes that are a role's",
    "mpftp/domain/triplets/code_pages.py": "letters that tell a code page",
    "mpftp/domain/triplets/intended_names.py": "what a file manager adds to the name of a copy",
    "mpftp/domain/triplets/rule_examples.py": "values in a file that breaks a rule",
}
"""Where other letters or words stand in literals, and why: they are read or are data, nobody is told them."""

PORTUGUESE = set(
    re.findall(
        r"\w+",
        """
        arquivo arquivos aviso campo campos contato contatos das dos enviado envio envios erro esta este foi
        isto linha linhas mensagem mensagens muito nao nenhum onde para pela pelo quando que quem recusado
        remetente sem seu seus servidor sua suas teste todas todos uma
        """,
    )
)
"""Words by which a sentence in Portuguese is known when it has no accent."""

ACCENTED = re.compile(r"[À-ÖØ-öø-ÿ]")


def literals(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every text literal that is no docstring, with its line."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def is_foreign(text: str) -> bool:
    """Whether *text* has an accented letter, or is of several words of which one is Portuguese."""
    words = text.split()
    known = {word.strip(".,:;!?()[]“”\"'{}") for word in words} & PORTUGUESE
    return bool(ACCENTED.search(text)) or (len(words) > 1 and bool(known))


def test_portuguese_is_written_in_its_module_alone(modules):
    wrong, used = [], set()
    for module in modules:
        found = [(line, text) for line, text in literals(module.tree) if is_foreign(text)]
        allowed = [place for place in FOREIGN_ALLOWED if module.place.startswith(place)]
        if found and allowed:
            used.update(allowed)
        elif not module.place.startswith(TEXTS):
            wrong += [f"{module.place}:{line}: {text[:60]!r}" for line, text in found]
    assert not wrong, "\n".join(wrong)
    gone = {place for place in FOREIGN_ALLOWED if any(module.place.startswith(place) for module in modules)}
    assert gone == used, f"exceptions that nothing needs: {sorted(gone - used)}"


def test_a_language_is_named_in_its_registration_alone(modules):
    wrong = [
        f"{module.place}:{line}: {text!r}"
        for module in modules
        if not module.place.startswith(TEXTS)
        for line, text in literals(module.tree)
        if text in languages()
    ]
    assert not wrong, "\n".join(wrong)
