"""Every question's twin: records that a writer stored, and the answers to what may be asked of them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from proxy.audit.access import questions
from proxy.audit.access.reader import AuditReader
from proxy.audit.records import record
from proxy.audit.upkeep.readings import Asker
from proxy.audit.writing.log import fresh_writer_id
from proxy.audit.writing.writer import ChainWriter
from proxy.errors import ConfigurationError
from proxy.runtime import database

FOLDER = Path(questions.__file__).parent
BEGUN = 1_790_000_000  # of the first record, seconds; each further one comes a second later


def moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(BEGUN + seconds, UTC)


def as_twin(value):
    """A moment as twins say it: seconds since the first record."""
    return int(value.timestamp()) - BEGUN if isinstance(value, datetime) else value


async def stored(dsn, records):
    writer = ChainWriter(dsn, fresh_writer_id("twin"))
    await writer.start()
    made = [
        record.make(
            record.Columns(at=(BEGUN + second) * 1_000_000, **{k: v for k, v in one.items() if k != "facts"}),
            one["facts"],
        )
        for second, one in enumerate(records)
    ]
    await writer.durable(writer.put(made))
    assert await writer.close(5.0)


@pytest.mark.parametrize("question", questions.every(), ids=lambda one: one.name)
async def test_a_question_answers_as_its_twin_says(question, fresh_dsn):
    twin = yaml.safe_load((FOLDER / question.name.replace("-", "_") / "twin.yaml").read_text())
    await stored(fresh_dsn, twin["records"])
    connection = await database.connect(fresh_dsn, database.READER)
    reader = AuditReader(connection, Asker("officer", "twin"))
    for case in twin["cases"]:
        asked = {"limit": 50, **case["asked"]}
        asked |= {name: moment(asked[name]) for name in ("since", "until") if name in asked}
        rows = await reader.ask(question, asked)
        shown = [
            {name: as_twin(row[name]) for name in expected} for row, expected in zip(rows, case["rows"], strict=False)
        ]
        assert (shown, len(rows)) == (case["rows"], len(case["rows"])), case["asked"]
    assert set(question.description.columns) <= set((await reader.ask(question, {"limit": 1}))[0])
    assert {name for case in twin["cases"] for name in case["asked"]} == set(question.parameters)
    read = await connection.fetchval("SELECT count(*) FROM audit.reading")
    assert read == len(twin["cases"]) + 1
    await connection.close()


@pytest.mark.parametrize("changed", [
    {"parameters": ["limit", "tenant"]}, {"parameters": ["tenant"]}, {"parameters": ["name", "limit"]},
    {"basis": []}, {"unknown": 1},
])  # fmt: skip
def test_a_folder_that_does_not_follow_the_form_is_refused(changed, tmp_path):
    said = yaml.safe_load((FOLDER / "kept" / "question.yaml").read_text())
    (tmp_path / "question.yaml").write_text(yaml.safe_dump({**said, **changed}))
    (tmp_path / "query.sql").write_text("SELECT 1")
    with pytest.raises(ConfigurationError, match=r"question\.yaml"):
        questions._read(tmp_path)
