from __future__ import annotations

import pytest

pytest.importorskip("torch")

from bench.clean.__main__ import alarms, texts
from testing import models


def test_of_fifty_clean_texts_two_at_most_raise_an_alarm() -> None:
    reader, read = models.reader(), texts()
    segments = reader.read([text for _, text, _ in read])
    wrong = sum(bool(alarms(reader, segment)) for segment in segments)
    assert wrong <= len(read) * 2 // 50


def test_a_name_in_one_is_an_alarm() -> None:
    reader = models.reader()
    assert alarms(reader, reader.read(["Please ask Anna Schmidt about the invoice."])[0])
