"""What the bench's model API writes in each framing is a whole stream of its dialect, and a stamp survives it."""

from __future__ import annotations

import pytest

from bench.overhead.framed import FRAMED, spoken_at, stamp, stamps
from proxy.codecs.endpoints import TABLE


@pytest.mark.parametrize("framed", FRAMED, ids=lambda framed: framed.name)
def test_a_stream_is_what_its_dialect_says(framed):
    found = TABLE.find("POST", framed.path, {}).served
    assert found is not None
    assert found.api.name.startswith(framed.dialect)
    assert framed.media in found.api.streams
    assert spoken_at(framed.path) is framed
    stream = found.api.stream(None, framed.media)
    written = b"".join(framed.event(f"{stamp(number + 10**12)} word ", number) for number in range(3)) + framed.end
    out = stream.feed(written) + stream.finish()
    assert stream.complete
    assert [at for at, _ in stamps(out)] == [10**12, 10**12 + 1, 10**12 + 2]
