"""The relations that questions are asked of: rows that were derived from verified records, in DuckDB.

The database that stored the records has no part in it. No extension and no network is in reach of a query, and of files
those of the parts alone, which were compared with what was signed.
"""

from __future__ import annotations

import functools
import hashlib
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from proxy.audit.records import derivation
from proxy.audit.verification import columnar, reading
from proxy.errors import ProxyError
from proxy.reports import groups, narrowing
from proxy.reports.parameters import PARAMETERS, InvalidParameterError, ParameterKind

if TYPE_CHECKING:
    import duckdb

_Result = TypeVar("_Result")
VIEWS = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
#: SHA-256 of the views, in hex.
DIGEST = hashlib.sha256(VIEWS.encode()).hexdigest()
_CONFIGURED: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "default_null_order": "nulls_last_on_asc_first_on_desc", "threads": "2", "memory_limit": "1GB",
}  # fmt: skip
_PLACE = re.compile(r"\$(\d+)")
_TYPES: Mapping[ParameterKind, str] = {
    ParameterKind.TEXT: "VARCHAR", ParameterKind.TEXTS: "VARCHAR[]", ParameterKind.MOMENT: "TIMESTAMPTZ",
    ParameterKind.NUMBER: "BIGINT", ParameterKind.REGISTRY: "JSON",
}  # fmt: skip
_FACTS = "* REPLACE (facts::json AS facts)"
_DOCUMENTS = {"event": _FACTS, "record": _FACTS, "reading": "* REPLACE (said::json AS said)"}
_GIVEN = "CREATE VIEW derived.{name} AS SELECT {told} FROM (FROM {parts} given_{name})"
#: The names of types as PostgreSQL has them, by which files tell them.
_NAMED = {
    "BIGINT": "int8", "INTEGER": "int8", "HUGEINT": "int8", "BOOLEAN": "bool", "VARCHAR": "text", "JSON": "json",
    "DATE": "date", "TIMESTAMP WITH TIME ZONE": "timestamptz", "VARCHAR[]": "text[]", "DOUBLE": "float8",
}  # fmt: skip
#: Relations and their columns, whose types have the names that PostgreSQL gives them.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "exchange": derivation.EXCHANGE,
    "event": derivation.EVENT,
    "opened": derivation.typed(("writer", "seq", "at", "tenant", "exchange", "target")),
    "record": {**reading.RECORD, "note_size": "int8", "note": "text"},
    "sealed": {"since": "timestamptz", "until": "timestamptz"},
    "purged": {"purge": "text", "archived": "bool"},
    "reading": {"id": "text", "at": "timestamptz", "login": "text", "said": "text"},
    "keeper": {"tenant": "text", "reference": "text", "day": "date", "erased": "int8", "request": "text"},
}  # fmt: skip


class QueryRows(NamedTuple):
    """What a query found: rows by column, and the type of each column as PostgreSQL names it."""

    rows: list[dict[str, Any]]
    types: Mapping[str, str]


class TooSlowError(ProxyError):
    """The question took longer than allowed, or more memory; narrow its time or its tenants."""

    status = 504
    code = "deadline_exceeded"


def session(tables: Mapping[str, Any], files: Mapping[str, Sequence[Path]]) -> duckdb.DuckDBPyConnection:
    """Return a session with the relations as ``derived``: rows by name, behind those in files; none of one left out.

    Its views are made once for the same files; rows, variables and tables that it makes are its own, and stand before
    the empty tables that views are made with.
    """
    connection = prepared(tuple((name, tuple(map(str, some))) for name, some in sorted(files.items()))).cursor()
    _give(connection, {name: rows for name, rows in tables.items() if rows.num_rows}, "TEMP TABLE")
    return connection


def _give(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, Any], form: str) -> None:
    """Make tables of rows by relation: those are bound faster than what is registered."""
    for name, rows in tables.items():
        connection.register("rows", rows)
        connection.execute(f"CREATE {form} given_{name} AS FROM rows")
        connection.unregister("rows")


@functools.lru_cache(maxsize=2)  # those before a part was made, and after
def prepared(files: Sequence[tuple[str, Sequence[str]]]) -> duckdb.DuckDBPyConnection:
    """Return a database of views over files by relation, without a row of its own."""
    import duckdb  # noqa: PLC0415 - a tenth of a second that no start should take

    connection, paths = duckdb.connect(":memory:", config=_CONFIGURED), dict(files)
    allowed = [*(file for some in paths.values() for file in some)]
    allowed += [str(groups.beside(Path(file))) for file in paths.get("exchange", ())]
    connection.execute("SET allowed_paths = $1", [allowed])
    connection.execute("SET enable_external_access = false; SET GLOBAL TimeZone = 'UTC'; CREATE SCHEMA derived")
    _give(connection, {name: columnar.table(columns, ()) for name, columns in COLUMNS.items()}, "TABLE")
    for name in COLUMNS:
        listed = ", ".join(f"'{file}'" for file in paths.get(name, ()))
        parts = f"read_parquet([{listed}]) UNION ALL FROM" if listed else ""
        connection.execute(_GIVEN.format(name=name, told=_DOCUMENTS.get(name, "*"), parts=parts))
    connection.execute(VIEWS)
    connection.execute("SET GLOBAL parquet_metadata_cache = true")  # files have the names of their digests
    connection.execute("SET lock_configuration = true")
    return connection


@dataclass(slots=True)
class Relations:
    """What one requester may read of relations by name; one that is left out is empty. Blocks: use it in a thread."""

    tables: Mapping[str, Any]
    tenants: Sequence[str] | None
    at: datetime
    files: Mapping[str, Sequence[Path]] = field(default_factory=dict)
    _session: duckdb.DuckDBPyConnection = field(init=False)
    _materialized: dict[tuple[str, str], str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._session = connection = session(self.tables, self.files)
        tenants = None if self.tenants is None else list(self.tenants)
        connection.execute("SET VARIABLE tenants = CAST($1 AS VARCHAR[])", [tenants])
        connection.execute("SET VARIABLE asked_at = CAST($1 AS TIMESTAMPTZ)", [self.at])

    def materialized(self, query: str, names: Sequence[str], values: Mapping[str, Any], timeout_s: float) -> str:
        """Return the name of a table of what a query finds, which is asked once; errors as ``ask``."""
        if not self.is_materialized(query, names, values):
            name = f"materialized_{len(self._materialized)}"
            self._run(query, names, values, timeout_s, functools.partial(self._kept, name))
            self._materialized[_key(query, names, values)] = name
        return self._materialized[_key(query, names, values)]

    def is_materialized(self, query: str, names: Sequence[str], values: Mapping[str, Any]) -> bool:
        """Whether there is a table of what a query finds."""
        return _key(query, names, values) in self._materialized

    def ask(self, query: str, names: Sequence[str], values: Mapping[str, Any], timeout_s: float) -> QueryRows:
        """Return what a query finds; ``names`` are those of its parameters in order.

        Raises:
            TooSlowError: it took longer.
            InvalidParameterError: a value is none that the query can take.

        """
        rows, columns = self._run(query, names, values, timeout_s, self._fetched)
        return QueryRows(rows, {name: _NAMED.get(kind, "text") for name, kind in columns.items()})

    def _kept(self, name: str, query: str, params: Sequence[Any]) -> None:
        self._session.execute(f"CREATE TEMP TABLE {name} AS {query}", params)

    def _fetched(self, query: str, params: Sequence[Any]) -> tuple[list[dict[str, Any]], dict[str, str]]:
        answered = self._session.execute(query, params)
        columns = {name: str(kind) for name, kind, *_ in answered.description}
        return [dict(zip(columns, row, strict=True)) for row in answered.fetchall()], columns

    def _run(
        self, query: str, names: Sequence[str], values: Mapping[str, Any], timeout_s: float,
        run: Callable[[str, Sequence[Any]], _Result],
    ) -> _Result:  # fmt: skip
        import duckdb  # noqa: PLC0415 - loaded with the session

        typed = _PLACE.sub(
            lambda match: f"CAST(${match[1]} AS {_TYPES[PARAMETERS[names[int(match[1]) - 1]].kind]})",
            narrowing.narrowed(query, VIEWS, [*COLUMNS["exchange"]], self._exchanges),
        )
        ending = threading.Timer(timeout_s, self._session.interrupt)
        ending.start()
        try:
            return run(typed, [values[name] for name in names])
        except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
            raise TooSlowError from error
        except (duckdb.ConversionException, duckdb.InvalidInputException, UnicodeError) as error:
            raise InvalidParameterError("a value is not one that the question can take") from error
        finally:
            ending.cancel()

    def _exchanges(self, columns: Sequence[str]) -> str:
        """Return a query of some columns of all exchanges."""
        named = ", ".join(f'"{column}"' for column in columns)
        files = ", ".join(f"'{file}'" for file in self.files.get("exchange", ()))
        parts = f"SELECT {named} FROM read_parquet([{files}]) UNION ALL " if files else ""  # noqa: S608 - names of columns, and digests
        return f"{parts}SELECT {named} FROM given_exchange"  # noqa: S608 - as above

    def grouped(self, columns: Sequence[str]) -> str:
        """Return a query of some columns of exchanges by the hour, ``at``, each with the number ``n`` of those alike.

        Those that are in no part stand for themselves. ``columns`` are some of ``groups.COLUMNS``.
        """
        named = ", ".join(f'"{column}"' for column in ("at", *columns))
        files = ", ".join(f"'{groups.of_part(file)}'" for file in self.files.get("exchange", ()))
        parts = f"SELECT {named}, n FROM read_parquet([{files}]) UNION ALL " if files else ""  # noqa: S608 - names of columns, and digests
        every = f"{parts}SELECT {named}, 1 AS n FROM given_exchange"  # noqa: S608 - as above
        return f"SELECT * FROM ({every}) WHERE evidence.seen(tenant)"  # noqa: S608 - as above

    def keyless(self) -> list[str]:
        """Return a sentence for each tenant of which keys of data subjects are missing."""
        rows = self._session.execute("SELECT tenant, number FROM evidence.keyless ORDER BY tenant").fetchall()
        return [
            f"keys of {number} data subjects of {tenant} are missing, so nobody can tell whose records these are"
            for tenant, number in rows
        ]

    def close(self) -> None:
        """Forget the rows."""
        self._session.close()


def _key(query: str, names: Sequence[str], values: Mapping[str, Any]) -> tuple[str, str]:
    return query, repr([values[name] for name in names])
