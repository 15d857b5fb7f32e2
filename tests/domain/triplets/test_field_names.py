"""An unknown merge field is answered with ours, whatever another system calls it."""

from __future__ import annotations

import pytest

from mpftp.domain.triplets.field_names import suggest_field

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
