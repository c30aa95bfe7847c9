from __future__ import annotations

from proxy.core.replies.restore import natural_spellings


def test_each_layout_of_a_moved_date_is_one_original():
    originals = {"1982-09-20": "1984-03-12", "21.09.1982": "13.03.1984", "Name_X": "Anna"}
    spelled = natural_spellings(originals, ["1982-09-20", "21.09.1982"])
    assert spelled["1982-09-20"] == "1984-03-12"
    assert spelled["21 September 1982"] == "13 March 1984"
    assert spelled["20.09.1982"] == "12.03.1984"
    assert "Name_X" not in spelled


def test_what_would_mean_two_originals_means_none():
    assert "20 May 1982" not in natural_spellings(
        {"1982-05-20": "1984-03-12", "20.05.1982": "12.03.1985"}, ["1982-05-20", "20.05.1982"]
    )
