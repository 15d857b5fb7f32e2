"""The journal: what it says after a kill, whatever was torn."""

import multiprocessing
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpftp.adapters import journal
from mpftp.adapters.journal import FileJournal
from mpftp.domain.sending.transport import Outcome, Step, Verdict
from mpftp.errors import LockedError


@pytest.fixture
def book(tmp_path):
    made = FileJournal(tmp_path / "journal")
    made.clear()
    yield made
    made.close()


def test_answered_in_doubt_and_never_begun(book):
    book.begin(1)
    book.begin(2)
    book.end(Outcome(1, Verdict.ACCEPTED, "250 2.0.0", "Ok: queued\tas 4F"))
    left = book.read_recovery({1, 2, 3})
    assert left.answered == [Outcome(1, Verdict.ACCEPTED, "250 2.0.0", "Ok: queued\tas 4F")]
    assert left.in_doubt == [2]


def test_the_step_of_a_refusal_survives_and_older_lines_are_read(book):
    refused = Outcome(1, Verdict.REFUSED, "550", "no", Step.DATA)
    book.end(refused)
    book.close()
    with book.path.open("ab") as file:
        file.write(b"e 2\trefused\t550 5.1.1\tuser unknown.\ne 3\trefused@nowhere\t550\tno.\n")
    assert book.read_recovery({1, 2, 3}).answered == [
        refused,
        Outcome(2, Verdict.REFUSED, "550 5.1.1", "user unknown"),
    ]


def test_it_survives_in_the_hands_of_another_process(book):
    copy = pickle.loads(pickle.dumps(book))
    context = multiprocessing.get_context("spawn")
    child = context.Process(target=copy.begin, args=(7,))
    child.start()
    child.join()
    assert book.read_recovery({7, 8}).in_doubt == [7]


@given(cut=st.integers(0, 60))
def test_a_torn_line_says_nothing_wrong(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("torn") / "journal"
    book = FileJournal(path)
    book.clear()
    book.begin(12345)
    book.end(Outcome(12345, Verdict.REFUSED, "550 5.1.1", "No such user"))
    book.close()
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - cut])
    left = book.read_recovery({12345, 1234, 123, 12, 1})
    assert not {1234, 123, 12, 1} & set(left.in_doubt) or cut >= len(whole) - 45
    assert [outcome.verdict for outcome in left.answered] in ([], [Verdict.REFUSED])


def test_after_a_power_cut_every_claim_without_an_answer_is_in_doubt(book, monkeypatch):
    book.begin(1)
    book.end(Outcome(1, Verdict.ACCEPTED))
    monkeypatch.setattr(journal, "_boot", lambda: "another start of the machine")
    left = book.read_recovery({1, 2})
    assert [outcome.delivery_id for outcome in left.answered] == [1]
    assert left.in_doubt == [2]


def test_without_a_journal_every_claim_is_in_doubt(tmp_path):
    assert FileJournal(tmp_path / "none").read_recovery({5, 4}).in_doubt == [4, 5]


def test_a_second_try_after_an_answer_counts_as_begun(book):
    book.begin(1)
    book.end(Outcome(1, Verdict.DEFERRED))
    book.begin(1)
    left = book.read_recovery({1})
    assert (left.answered, left.in_doubt) == ([], [1])


def test_it_waits_for_processes_that_still_write(book, monkeypatch):
    monkeypatch.setattr(journal, "LOCK_TIMEOUT_SECONDS", 0.1)
    other = FileJournal(book.path)
    other.begin(1)
    with pytest.raises(LockedError, match="still writes"):
        book.read_recovery({1})
    other.close()
    assert book.read_recovery({1}).in_doubt == [1]


def test_it_is_readable_by_its_owner_alone(book):
    book.begin(1)
    assert book.path.stat().st_mode & 0o777 == 0o600
