from __future__ import annotations

from proxy.audit.upkeep import days
from proxy.runtime import database


async def test_months_that_come_have_their_partition(fresh_dsn, superuser):
    connection = await database.connect(fresh_dsn, database.WRITER)
    await days.keep_up(connection)
    await days.keep_up(connection)
    await connection.close()
    made = "SELECT count(*) FROM generate_series(-1, 7) d WHERE to_regclass('audit.record_' || to_char((now() AT TIME ZONE 'UTC')::date + d, 'YYYY_MM')) IS NULL"
    assert await superuser.fetchval(made) == 0
