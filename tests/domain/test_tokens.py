from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.tokens import MAX_DELIVERY, MAX_LINK, MAX_TOKEN_CHARS, SignedToken, Signer, TokenKind

OLD, NEW = (0, b"o" * 32), (7, b"n" * 32)
signer = Signer([OLD])

deliveries = st.integers(1, MAX_DELIVERY)
links = st.integers(0, MAX_LINK)
kinds = st.sampled_from(TokenKind)
purposes = st.one_of(st.tuples(kinds, st.just(0)), st.tuples(st.just(TokenKind.CLICK), links))


@given(purposes, deliveries)
def test_what_is_signed_is_what_is_read_in_either_case(purpose: tuple[TokenKind, int], delivery: int) -> None:
    kind, link = purpose
    text = signer.sign(kind, delivery, link)
    assert signer.verify(text) == signer.verify(text.upper()) == SignedToken(kind, delivery, link)
    assert text.isalnum()
    assert text == text.lower()
    assert len(text) <= MAX_TOKEN_CHARS


def test_a_bounce_address_keeps_to_the_64_bytes_of_a_local_part() -> None:
    assert len("bounces+" + signer.sign(TokenKind.BOUNCE, MAX_DELIVERY)) <= 64
    assert len(signer.sign(TokenKind.CLICK, 2_000_000, 12)) == 30


@given(purposes, deliveries, st.integers(0, 400), st.characters() | st.sampled_from("0123456789abcdefABCDEF"))
def test_no_character_can_be_changed(
    purpose: tuple[TokenKind, int], delivery: int, place: int, other: str
) -> None:
    kind, link = purpose
    text = signer.sign(kind, delivery, link)
    place %= len(text)
    forged = text[:place] + other + text[place + 1 :]
    assert signer.verify(forged) == (SignedToken(kind, delivery, link) if forged.lower() == text else None)


@given(st.text(max_size=80))
def test_any_other_text_is_no_token(text: str) -> None:
    assert signer.verify(text) is None


@given(st.binary(min_size=1, max_size=30))
def test_any_other_bytes_are_no_token(content: bytes) -> None:
    assert signer.verify(content.hex()) is None


@given(deliveries, links)
def test_a_token_has_one_spelling(delivery: int, link: int) -> None:
    text = signer.sign(TokenKind.CLICK, delivery, link)
    for extra in ("a", "aa", "00", " ", "\n", "٠٠"):
        assert signer.verify(text + extra) is None
        assert signer.verify(extra + text) is None
    assert signer.verify(text[:-1]) is None
    longer = bytes([0, delivery & 0x7F | 0x80, 0]) if delivery < 128 else b""
    if longer:  # the same number, written with a byte more
        assert signer.verify((longer + bytes.fromhex(text)[2:]).hex()) is None


@given(deliveries, st.lists(purposes, min_size=1, max_size=30))
def test_a_pen_writes_what_sign_writes(delivery: int, wanted: list[tuple[TokenKind, int]]) -> None:
    written = [token.decode() for token in signer.make_token_writer(wanted)(delivery)]
    assert written == [signer.sign(kind, delivery, link) for kind, link in wanted]


def test_no_two_purposes_share_their_proof() -> None:
    wanted = [(kind, 0) for kind in TokenKind] + [(TokenKind.CLICK, link) for link in range(1, 100)]
    assert len({token[-20:] for token in signer.make_token_writer(wanted)(77)}) == len(wanted)


@given(deliveries, links, links)
def test_a_proof_cannot_be_moved_to_another_link(delivery: int, mine: int, other: int) -> None:
    first, second = (bytes.fromhex(signer.sign(TokenKind.CLICK, delivery, link)) for link in (mine, other))
    moved = signer.verify((second[:-10] + first[-10:]).hex())
    assert moved is None or mine == other


def test_an_older_key_still_verifies_and_the_first_one_signs() -> None:
    before = Signer([OLD]).sign(TokenKind.OPT_OUT, 5)
    rotated = Signer([NEW, OLD])
    after = rotated.sign(TokenKind.OPT_OUT, 5)
    assert rotated.verify(before) == rotated.verify(after) == SignedToken(TokenKind.OPT_OUT, 5)
    assert Signer([OLD]).verify(after) is None


def test_the_same_id_with_another_secret_verifies_nothing() -> None:
    assert Signer([(0, b"x" * 32)]).verify(signer.sign(TokenKind.OPEN, 1)) is None


@pytest.mark.parametrize(
    ("delivery", "link"), [(0, 0), (-1, 0), (MAX_DELIVERY + 1, 0), (1, -1), (1, MAX_LINK + 1)]
)
def test_numbers_that_no_token_can_carry_are_refused(delivery: int, link: int) -> None:
    with pytest.raises(ValueError, match="no token can carry"):
        signer.sign(TokenKind.CLICK, delivery, link)


@pytest.mark.parametrize("kind", set(TokenKind) - {TokenKind.CLICK})
def test_only_clicks_have_a_link(kind: TokenKind) -> None:
    with pytest.raises(ValueError, match="no token can carry"):
        signer.sign(kind, 1, 1)
    with pytest.raises(ValueError, match="purpose"):
        signer.make_token_writer([(kind, 1)])


@pytest.mark.parametrize("keys", [[], [(256, b"k")], [(-1, b"k")], [(1, b"k"), (1, b"l")]])
def test_impossible_keys_are_refused(keys: list[tuple[int, bytes]]) -> None:
    with pytest.raises(ValueError, match="key"):
        Signer(keys)
