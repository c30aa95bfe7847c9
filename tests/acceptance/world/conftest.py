"""One whole product for all acceptance tests; at the end everything it kept is searched for what was planted."""

from __future__ import annotations

import base64
import urllib.parse
import urllib.request

import pytest

from tests.acceptance.world.stand import World

#: In every payload of these tests: a person, an address and a number that must show nowhere.
PLANTED = ("Ottilie Brandt", "ottilie.brandt@canary-leak.example", "DE89370400440532013000")


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    made = World(tmp_path_factory.mktemp("acceptance"))
    yield made
    with urllib.request.urlopen(f"{made.line.stack.proxy_url}/metrics", timeout=5) as reply:
        metrics = reply.read().decode()
    tables = made.sql(
        "SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables "
        "WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    rows = [str(dict(row)) for table in tables for row in made.sql(f"SELECT * FROM {table['name']}")]
    logs = [path.read_text(errors="replace") for path in (made.line.state_dir / "log").iterdir()]
    made.stop()
    for place, texts in {"metrics": [metrics], "database": rows, "logs": logs}.items():
        for text in texts:
            for value in forms():
                assert value.lower() not in text.lower(), f"payload text in {place}"


def forms():
    for value in PLANTED:
        yield value
        yield value[::-1]
        yield urllib.parse.quote(value)
        yield base64.b64encode(value.encode()).decode().rstrip("=")
        yield value.encode().hex()
