"""How many exchanges of an hour are alike in what counts tell apart: made once of the file of a part, beside it.

The file of a part was compared with what was signed, and has the name of its digest. Its groups lie under the same name
in the same folder, which is this process's alone: other rows have other groups, and no file from elsewhere is one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

#: What groups tell apart beside the hour.
COLUMNS = (
    "tenant", "activity", "service", "target", "recipient", "attempt_targets", "region", "attempt_regions",
    "categories", "entity_types", "action", "code", "codes", "ended", "responsibility", "transfer_destinations",
    "transfer_mechanisms",
)  # fmt: skip
_ENDING = ".groups"
_GROUPED = """
COPY (SELECT date_trunc('hour', "at") AS "at", {columns}, count(*) AS n FROM read_parquet('{file}') GROUP BY ALL
      ORDER BY 1) TO '{groups}' (FORMAT parquet, COMPRESSION zstd)"""


def beside(exchange: Path) -> Path:
    """Return where the groups of a part lie, whose file of exchanges this is."""
    return exchange.with_name(exchange.name + _ENDING)


def of_part(exchange: Path) -> Path:
    """Return the file of a part's groups, which is made where there is none. Blocks: use it in a thread."""
    import duckdb  # noqa: PLC0415 - as in relations

    if (groups := beside(exchange)).exists():
        return groups
    with tempfile.TemporaryDirectory(dir=exchange.parent) as folder:
        complete = Path(folder, groups.name)
        with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(_GROUPED.format(columns=", ".join(COLUMNS), file=exchange, groups=complete))
        complete.replace(groups)
    return groups
