"""What is tried again, how often, and what never."""

from __future__ import annotations

import pytest

from mpftp.adapters.folder import FolderEndpoint
from mpftp.adapters.retry import RetryingEndpoint
from mpftp.domain.endpoint import EndpointUnreachableError, FileChangedError
from mpftp.errors import EndpointError, EndpointUnavailableError


class Flaky:
    """An endpoint that fails with each of *errors* in turn, then does its work; *late*: fails afterwards."""

    def __init__(self, folder, *errors, late=False):
        self._folder, self._errors, self._late = folder, list(errors), late
        self.calls = []

    def __getattr__(self, name):
        def call(*arguments, **named):
            self.calls.append((name, named))
            error = self._errors.pop(0) if self._errors else None
            if error and not self._late:
                raise error
            result = getattr(self._folder, name)(*arguments, **named)
            if error:
                raise error
            return result

        return call


def patient(flaky, seconds=1000.0):
    pauses = []
    return RetryingEndpoint(flaky, seconds, sleep=pauses.append), pauses


def test_pauses_grow_and_are_jittered(tmp_path):
    drawn = []
    for _ in range(20):
        endpoint, pauses = patient(Flaky(FolderEndpoint(tmp_path), *[EndpointUnavailableError("421")] * 3))
        endpoint.list()
        drawn.append(pauses)
    for place, pause in enumerate((1, 4, 12)):
        column = [pauses[place] for pauses in drawn]
        assert all(pause / 2 <= one <= pause * 1.5 for one in column)
        assert len(set(column)) > 10


def test_it_gives_up_after_the_fourth_try(tmp_path):
    flaky = Flaky(FolderEndpoint(tmp_path), *[EndpointUnavailableError("421")] * 9)
    with pytest.raises(EndpointUnavailableError):
        patient(flaky)[0].list()
    assert len(flaky.calls) == 4


@pytest.mark.parametrize(
    "error", [EndpointError("530"), FileChangedError("grew"), EndpointUnreachableError("nobody")]
)
def test_what_will_not_pass_is_not_tried_again(tmp_path, error):
    flaky = Flaky(FolderEndpoint(tmp_path), error)
    with pytest.raises(type(error)):
        patient(flaky)[0].list()
    assert len(flaky.calls) == 1


def test_no_pause_reaches_beyond_the_visit(tmp_path):
    flaky = Flaky(FolderEndpoint(tmp_path), *[EndpointUnavailableError("421")] * 3)
    endpoint, pauses = patient(flaky, seconds=0.4)
    with pytest.raises(EndpointUnavailableError):
        endpoint.list()
    assert pauses == []


def test_a_second_download_goes_on_where_the_first_broke(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    flaky = Flaky(FolderEndpoint(tmp_path), EndpointUnavailableError("reset"))
    patient(flaky)[0].download("a", tmp_path / "copy", size=1)
    assert [named["resume"] for _, named in flaky.calls] == [False, True]


def test_a_rename_whose_answer_was_lost_is_done(tmp_path):
    (tmp_path / "a").write_bytes(b"new")
    (tmp_path / "b").write_bytes(b"old")
    patient(Flaky(FolderEndpoint(tmp_path), EndpointUnavailableError("reset"), late=True))[0].rename("a", "b")
    assert (tmp_path / "b").read_bytes() == b"new"


def test_a_move_whose_answer_was_lost_is_done(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    patient(Flaky(FolderEndpoint(tmp_path), EndpointUnavailableError("reset"), late=True))[0].move(
        "a", "done"
    )
    assert (tmp_path / "done/a").exists()


def test_a_rename_of_nothing_stays_an_error(tmp_path):
    flaky = Flaky(FolderEndpoint(tmp_path), EndpointUnavailableError("reset"))
    with pytest.raises(EndpointError):
        patient(flaky)[0].rename("nothing", "b")
