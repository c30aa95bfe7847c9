from __future__ import annotations

import json
import os
import sys

import pytest

from proxy.reports.siem import address, sinks
from proxy.reports.siem.sinks import SinkError
from testing import entries


async def test_each_record_is_a_line(capfdbinary):
    await sinks.opened(address.parse("-")).send(entries.every()[:2])
    assert [json.loads(line)["log_seq"] for line in capfdbinary.readouterr().out.splitlines()] == [1, 2]


async def test_a_reader_that_is_gone_is_final(monkeypatch):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w", closefd=False) as out:
        monkeypatch.setattr(sys, "stdout", out)
        with pytest.raises(SinkError) as gone:
            await sinks.opened(address.parse("-")).send(entries.every()[:1])
        assert gone.value.final
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
