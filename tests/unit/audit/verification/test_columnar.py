from __future__ import annotations

import pytest

from proxy.audit.verification import columnar
from proxy.audit.verification.stored_record import TableColumns


@pytest.mark.parametrize(
    ("of", "told"),
    [
        ("int8", "int64"), ("int4", "int32"), ("float8", "double"), ("bool", "bool"), ("date", "date32[day]"),
        ("timestamptz", "timestamp[us, tz=UTC]"), ("bytea", "binary"), ("text", "string"), ("jsonb", "string"),
        ("text[]", "list<item: string>"), ("float8[]", "list<item: double>"), ("bool[]", "list<item: bool>"),
    ],
)  # fmt: skip
def test_types_of_the_database_have_their_own(of, told):
    schema = columnar.schema({"value": of})
    assert str(schema.field("value").type).replace("element:", "item:") == told


def test_records_have_every_column_of_the_table():
    assert set(TableColumns._fields) <= set(columnar.RECORDS)
