"""A log that a bench keeps is read by the next process: the key that signed it lies beside it."""

from __future__ import annotations

from dataclasses import replace

from bench.questions import kept_log
from proxy.audit.verification import reading
from proxy.runtime import database


async def test_a_kept_log_is_filled_once_and_read_with_its_own_key(tmp_path):
    seen = []
    for _ in range(2):
        async with kept_log.filled(tmp_path, 2, 3, 2) as log:
            connection = await database.connect(log.dsn, database.READER)
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                sealed = await reading.read(connection, log.signing.verifier)
            await connection.close()
            seen.append((replace(log, dsn=""), sealed.read.records, len(sealed.parts)))
    (first, *counted), (second, *again) = seen
    assert (first.exchanges, first.days, counted[1] > 0) == (6, 2, True)
    assert counted == again
    assert (first.signing.verifier, first.records) == (second.signing.verifier, second.records)
