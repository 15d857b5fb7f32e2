"""Which addresses came before is known of every list, also of one whose hashes no longer fit into a set."""

from __future__ import annotations

from array import array
from unittest import mock

from hypothesis import given
from hypothesis import strategies as st

from mpftp.domain.triplets import repeats
from mpftp.domain.triplets.hash_batch import HashBatch
from mpftp.domain.triplets.repeats import SeenAddresses

HASHES = st.integers(-40, 40) | st.sampled_from([-(1 << 63), (1 << 63) - 1])
BATCHES = st.lists(st.lists(HASHES, max_size=12), max_size=12)


@given(BATCHES, st.sampled_from([0, 3, 1000]), st.sampled_from([8, 16, 1 << 10]))
def test_a_hash_is_repeated_if_it_came_before(batches, most_in_set, bloom_bits):
    known, seen, first = set(), SeenAddresses(), 2
    with mock.patch.multiple(repeats, MAX_SET_HASHES=most_in_set, _BLOOM_BITS=bloom_bits):
        for batch in batches:
            expected = []
            for index, value in enumerate(batch):
                if value in known:
                    expected.append(index)
                known.add(value)
            size = len(batch)
            assert seen.add(HashBatch(size, size, array("q", batch)), first) == expected
            first += size
    in_order = [value for batch in batches for value in batch]
    assert seen.find_first_lines(known) == {value: 2 + in_order.index(value) for value in known}
