"""What a visit takes and why it leaves the rest."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest

from mpftp.domain.endpoint import RemoteFile
from mpftp.domain.file_names import TripletKey
from mpftp.domain.triplets.pickup import (
    KnownTriplet,
    WaitReason,
    plan_pickup,
    update_seen_files,
)
from tests.settings import stability_policy

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=2)
KEY = TripletKey("Promo", "20260301")
WHOLE = ("Promo_CONF_20260301", "Promo_HTML_20260301", "Promo_MAIL_20260301")


def files(*names, size=10, modified=LONG_AGO):
    return [RemoteFile(name, size, modified) for name in names]


def look_once(listing, *, before=None, known=lambda key: None, habits=None, now=NOW):
    return plan_pickup(
        update_seen_files(listing, before or {}, now), known, habits or stability_policy(), now
    )


def decide(listing, *, before=None, now=NOW, **more):
    """What a visit decides; without *before* one an hour ago saw the same."""
    if before is None:
        before = update_seen_files(listing, {}, now - timedelta(hours=1))
    return look_once(listing, before=before, now=now, **more)


def reasons(result):
    return [held.reason for held in result.waiting]


def rules(result):
    return [sorted({finding.rule for finding in spoiled.findings}) for spoiled in result.misnamed]


def test_a_whole_settled_triplet_is_taken():
    result = decide(files(*WHOLE, "leiame.txt", "Promo_ABERTURA_20250301"))
    assert [pickup.key for pickup in result.ready] == [KEY]
    assert not (result.waiting)
    assert not (result.misnamed)
    assert not result.unreadable
    assert not result.suspects
    assert result.seen_files["Promo_ABERTURA_20250301"].unrelated is False


def test_an_incomplete_one_waits_and_names_what_it_lacks():
    result = decide(files(*WHOLE[:2]))
    assert reasons(result) == [WaitReason.INCOMPLETE]
    assert result.waiting[0].missing == ("Promo_MAIL_20260301",)
    assert not result.ready


def test_an_incomplete_one_is_refused_when_nothing_came_for_a_day():
    first = decide(files(*WHOLE[:2]))
    later = NOW + timedelta(hours=24)
    result = decide(files(*WHOLE[:2]), before=first.seen_files, now=later)
    assert rules(result) == [["SET001"]]
    new_file = decide(files(*WHOLE[:2], modified=later), before=first.seen_files, now=later)
    assert reasons(new_file) == [WaitReason.INCOMPLETE]
    seen = update_seen_files(files(*WHOLE[:2]), {}, NOW)
    just_before = decide(files(*WHOLE[:2]), before=seen, now=later - timedelta(seconds=1))
    assert reasons(just_before) == [WaitReason.INCOMPLETE]
    assert rules(decide(files(*WHOLE[:2]), before=seen, now=later)) == [["SET001"]]


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

SECOND_LOOKS = {
    # (our clock, MAIL's size, its time by the server's clock) of each look, and whether the last one takes it
    "one look proves nothing": ([(NOW, 10, LONG_AGO)], False),
    "two looks a minute apart take it": ([(NOW, 10, NOW), (NOW + MINUTE, 10, NOW)], True),
    "two looks with less between them do not": (
        [(NOW, 10, LONG_AGO), (NOW + MINUTE / 2, 10, LONG_AGO)],
        False,
    ),
    "three are as good as their first and last": (
        [(NOW, 10, NOW), (NOW + MINUTE / 2, 10, NOW), (NOW + MINUTE, 10, NOW)],
        True,
    ),
    "a server's clock behind is not believed": ([(NOW, 10, NOW - 3 * HOUR)], False),
    "a server's clock ahead holds nothing up": (
        [(NOW, 10, NOW + 3 * HOUR), (NOW + MINUTE, 10, NOW + 3 * HOUR)],
        True,
    ),
    "no time is needed": ([(NOW, 10, None), (NOW + MINUTE, 10, None)], True),
    "growth begins the wait anew": ([(NOW, 10, None), (NOW + MINUTE, 11, None)], False),
    "what grew is taken a minute later": (
        [(NOW, 10, None), (NOW + MINUTE, 11, None), (NOW + 2 * MINUTE, 11, None)],
        True,
    ),
    "another time begins it anew": ([(NOW, 10, NOW), (NOW + MINUTE, 10, NOW + MINUTE)], False),
    "so does a server's clock that jumps": ([(NOW, 10, NOW), (NOW + MINUTE, 10, NOW - 3 * HOUR)], False),
    "it jumps once": (
        [(NOW, 10, NOW), (NOW + MINUTE, 10, NOW - 3 * HOUR), (NOW + 2 * MINUTE, 10, NOW - 3 * HOUR)],
        True,
    ),
    "our clock that goes back begins it anew": ([(NOW + 3 * HOUR, 10, NOW), (NOW, 10, NOW)], False),
    "and is waited for no longer than usual": (
        [(NOW + 3 * HOUR, 10, NOW), (NOW, 10, NOW), (NOW + MINUTE, 10, NOW)],
        True,
    ),
}


@pytest.mark.parametrize(("looks", "is_taken"), SECOND_LOOKS.values(), ids=SECOND_LOOKS)
def test_a_file_is_whole_when_two_looks_of_ours_saw_the_same(looks, is_taken):
    seen, changed_at, last = {}, NOW, None
    for at, size, modified in looks:
        if (size, modified) != last or at < changed_at:
            changed_at, last = at, (size, modified)
        listing = [*files(*WHOLE[:2]), *files(WHOLE[2], size=size, modified=modified)]
        result = look_once(listing, before=seen, now=at)
        seen = result.seen_files
    if is_taken:
        assert [pickup.key for pickup in result.ready] == [KEY]
        assert result.ready[0].changed_at == changed_at
        assert result.settles_at is None
    else:
        assert reasons(result) == [WaitReason.UNSTABLE]
        assert result.settles_at == changed_at + MINUTE


def test_no_second_look_is_asked_for_by_who_wants_none_or_has_no_whole_triplet():
    assert look_once(files(*WHOLE), habits=stability_policy(settle=timedelta(0))).ready
    assert look_once(files(*WHOLE[:2])).settles_at is None


@pytest.mark.parametrize(
    "name", ["Promo_MAIL_20260301.part", ".Promo_MAIL_20260301", "Promo_MAIL_20260301.filepart"]
)
def test_the_temporary_name_of_an_upload_holds_the_triplet(name):
    assert reasons(decide(files(*WHOLE, name))) == [WaitReason.UPLOADING]


def test_our_own_temporary_answer_holds_nothing():
    assert decide(files(*WHOLE, "Promo_ERRO_20260301.tmp")).ready


def test_a_name_is_processed_once_ever():
    taken = KnownTriplet(True, dict.fromkeys(WHOLE, (10, LONG_AGO)))
    assert reasons(decide(files(*WHOLE), known=lambda key: taken)) == [WaitReason.TAKEN]


def test_a_used_name_is_refused_when_its_bytes_differ():
    taken = KnownTriplet(True, dict.fromkeys(WHOLE, (10, LONG_AGO)), NOW)
    first = decide(files(*WHOLE, size=11), known=lambda key: taken)
    assert rules(first) == [["SET011"]]
    assert first.misnamed[0].findings[0].values == {"processed": "01/03/2026 12:00 (UTC)"}
    assert not first.ready
    touched = decide(files(*WHOLE, modified=LONG_AGO + timedelta(1 / 24)), known=lambda key: taken)
    assert [suspect.key for suspect in touched.suspects] == [KEY]
    assert not touched.misnamed


def test_a_used_name_is_refused_when_its_files_come_back():
    before = update_seen_files(files(*WHOLE), {}, LONG_AGO)
    taken = KnownTriplet(True, dict.fromkeys(WHOLE, (10, LONG_AGO)), NOW, listed_at=LONG_AGO)
    assert not decide(files(*WHOLE), before=before, known=lambda key: taken).misnamed
    back = update_seen_files(files(*WHOLE), {}, NOW - timedelta(hours=1))
    assert rules(decide(files(*WHOLE), before=back, known=lambda key: taken)) == [["SET011"]]


def test_files_did_not_come_back_when_our_clock_went_back():
    """MAIL was finished while the others lay there, and taken; the next look is earlier, by our clock."""
    first_look = update_seen_files(files(*WHOLE), {}, NOW)
    finished = [*files(*WHOLE[:2]), *files(WHOLE[2], size=11)]
    before = update_seen_files(finished, first_look, NOW + MINUTE)
    sizes = {file.name: (file.size, file.modified) for file in finished}
    taken = KnownTriplet(True, sizes, NOW + MINUTE, listed_at=NOW)
    again = look_once(finished, before=before, now=NOW + MINUTE / 2, known=lambda key: taken)
    assert reasons(again) == [WaitReason.TAKEN]
    assert not again.misnamed


def test_a_wrong_name_beside_a_processed_triplet_is_told_that_the_name_is_used():
    taken = KnownTriplet(True, dict.fromkeys(WHOLE, (10, LONG_AGO)), NOW)
    assert rules(decide(files(*WHOLE, "Promo_mail_20260301"), known=lambda key: taken)) == [
        ["NAME002", "SET011"]
    ]
    alone = decide(files(*[name.lower() for name in WHOLE]), known=lambda key: taken)
    assert rules(alone) == [["NAME002", "SET011"]]


def test_what_was_refused_is_not_fetched_again_until_it_changes():
    refused = KnownTriplet(False, dict.fromkeys(WHOLE, (10, LONG_AGO)))
    assert reasons(decide(files(*WHOLE), known=lambda key: refused)) == [WaitReason.REFUSED]
    assert decide(files(*WHOLE, modified=LONG_AGO + timedelta(minutes=1)), known=lambda key: refused).ready
    assert decide(files(*WHOLE, size=11), known=lambda key: refused).ready


def test_a_hidden_time_cannot_prove_that_nothing_changed():
    refused = KnownTriplet(False, dict.fromkeys(WHOLE, (10, None)))
    listing = files(*WHOLE, modified=None)
    before = update_seen_files(listing, {}, LONG_AGO)
    assert decide(listing, before=before, known=lambda key: refused).ready


def test_a_fourth_file_refuses_the_triplet():
    result = decide(files(*WHOLE, "Promo_MAIL_20260301.txt"))
    assert rules(result) == [["NAME003", "SET003"]]
    assert not result.ready


def test_a_file_over_the_limit_is_refused_before_it_is_fetched():
    result = decide(files(*WHOLE, size=101), habits=stability_policy(max_file_bytes=100))
    assert rules(result) == [["SET009"]]
    assert not result.ready


@pytest.mark.parametrize(
    "pattern",
    ["baixa_{}_20260301", "Ext_{}_20260301.csv", "A-{}-20260301", "{}_A_20260301", "A_{}_202603011030"],
)
def test_a_whole_misnamed_triplet_is_refused_by_the_name_it_was_meant_for(pattern):
    names = [pattern.format(kind if pattern[0] != "b" else kind.lower()) for kind in ("CONF", "HTML", "MAIL")]
    result = decide(files(*names))
    stem = pattern.replace("{}", "").strip("-_")[: 5 if pattern[0] == "b" else 3 if pattern[0] == "E" else 1]
    assert [one.key for one in result.misnamed] == [TripletKey(stem, "20260301")]
    shown = {value for one in result.misnamed[0].findings for value in one.values.values()}
    assert {f"{stem}_{kind}_20260301" for kind in ("CONF", "HTML", "MAIL")} <= shown
    assert not look_once(files(*names)).misnamed


@pytest.mark.parametrize(
    ("names", "key", "rule"),
    [
        (["A_CONF_20260301_v2", "A_HTML_20260301_v2", "A_MAIL_20260301_v2"], "A", "NAME015"),
        (["A_CONF_20260301 ", "A_HTML_20260301 ", "A_MAIL_20260301 "], "A", "NAME015"),
        (["A_LISTA_20260301"], "A", "NAME001"),
        (["A_conf_20260301"], "A", "NAME002"),
    ],
)
def test_what_may_yet_be_corrected_is_refused_when_nothing_came_for_a_day(names, key, rule):
    first = decide(files(*names))
    assert not first.misnamed
    late = decide(files(*names), before=first.seen_files, now=NOW + timedelta(hours=24))
    assert [one.key for one in late.misnamed] == [TripletKey(key, "20260301")]
    assert rule in rules(late)[0]


def test_uploads_that_name_no_triplet_are_answered_and_the_clients_own_files_are_not():
    names = ["Z_20260301.zip", "envio.rar", "Promo_CONF.txt", "notas.pdf", "P_RETORNADO_20260301.csv"]
    first = decide(files(*names))
    assert not first.unreadable
    late = decide(files(*names), before=first.seen_files, now=NOW + timedelta(hours=24))
    assert {name: [one.rule for one in each] for name, each in late.unreadable.items()} == {
        "Z_20260301.zip": ["NAME017"],
        "envio.rar": ["NAME017"],
        "Promo_CONF.txt": ["NAME017"],
    }
    own = {name for name, one in late.seen_files.items() if one.unrelated}
    assert own == {"notas.pdf", "P_RETORNADO_20260301.csv"}


def test_a_misnamed_third_file_refuses_at_once():
    result = decide(files(*WHOLE[:2], "Promo_mail_20260301"))
    assert rules(result) == [["NAME002"]]


def test_a_temporary_name_that_nobody_finishes_holds_nothing_for_ever():
    first = decide(files(*WHOLE, "Promo_MAIL_20260301.part"))
    later = NOW + timedelta(hours=25)
    assert decide(files(*WHOLE, "Promo_MAIL_20260301.part"), before=first.seen_files, now=later).ready


def decomposed(*names):
    return [unicodedata.normalize("NFD", name) for name in names]


ACCENTED = tuple(name.replace("Promo", "Promoção") for name in WHOLE)
ACCENTED_KEY = TripletKey("Promoção", "20260301")


def test_letters_that_come_apart_are_the_same_name():
    """A Mac writes accents apart; the server is asked by its own spelling."""
    apart = decomposed(*ACCENTED)
    result = decide(files(*apart))
    assert [pickup.key for pickup in result.ready] == [ACCENTED_KEY]
    assert [file.name for file in result.ready[0].files.values()] == apart
    mixed = decide(files(*ACCENTED[:2], *decomposed(ACCENTED[2])))
    assert [pickup.key for pickup in mixed.ready] == [ACCENTED_KEY]


def test_a_name_processed_in_one_spelling_is_processed_in_the_other():
    taken = KnownTriplet(True, dict.fromkeys(ACCENTED, (10, LONG_AGO)))
    result = decide(files(*decomposed(*ACCENTED)), known=lambda key: taken if key == ACCENTED_KEY else None)
    assert reasons(result) == [WaitReason.TAKEN]
    assert not result.misnamed
    assert not result.suspects


def test_twins_are_refused_and_named():
    result = decide(files(*ACCENTED, *decomposed(ACCENTED[2])))
    assert not result.ready
    assert "SET010" in rules(result)[0]
    (twin,) = [finding for finding in result.misnamed[0].findings if finding.rule == "SET010"]
    assert {twin.file, twin.values["other"]} == {ACCENTED[2], *decomposed(ACCENTED[2])}


def test_a_hidden_time_is_no_sign_of_a_change():
    """Nobody asks for the times of what is known: sizes are told by every listing."""
    taken = KnownTriplet(True, dict.fromkeys(WHOLE, (10, LONG_AGO)))
    assert not decide(files(*WHOLE, modified=None), known=lambda key: taken).suspects
    assert rules(decide(files(*WHOLE, size=11, modified=None), known=lambda key: taken)) == [["SET011"]]
