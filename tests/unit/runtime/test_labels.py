from __future__ import annotations

from proxy.runtime.labels import MOST, OTHER, bounded


def test_so_many_values_have_a_label_of_their_own_and_keep_it():
    names = [f"tenant-{number}" for number in range(MOST + 50)]
    shown = [bounded("of this test", name) for name in names]
    assert shown[:MOST] == names[:MOST]
    assert set(shown[MOST:]) == {OTHER}
    assert [bounded("of this test", name) for name in names] == shown
    assert bounded("another kind", "tenant-240") == "tenant-240"
