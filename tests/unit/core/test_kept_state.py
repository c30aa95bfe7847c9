from __future__ import annotations

from proxy.core.kept_state import Kept


def test_neither_the_targets_identifier_nor_a_pseudonym_is_shown():
    shown = repr(Kept("resp_cp_x", "read", "a", "resp_secret", "m", (), (), ("Name_B",), ("resp_cp_y", "resp_other")))
    assert "resp_cp_x" in shown
    assert not any(one in shown for one in ("resp_secret", "Name_B", "resp_other"))
