from __future__ import annotations

import orjson
import pytest

from proxy.codecs.usage import NOTHING, Meter, UsageTable
from testing.fakes import CHAT


def counted(document, headers=None, **counts):
    meter = Meter(headers or {})
    meter.table = UsageTable.of(**counts)
    meter.take(document)
    return meter.counts


def test_paths_are_added_up():
    assert counted({"a": {"b": 2}, "c": 3}, input="a.b + c + d") == {"input": 5}


def test_of_alternatives_the_first_that_is_there_counts():
    assert counted({"b": 3, "c": 4}, input="a | b | c") == {"input": 3}
    assert counted({}, {"x-in": "7"}, input="a | @x-in") == {"input": 7}
    assert counted({"a": 1}, {"x-in": "7"}, input="a | @x-in") == {"input": 1}
    assert counted({}, {"x-in": "seven"}, input="a | @x-in") == {}


def test_elements_of_lists_are_added_up_or_counted():
    document = {"data": [{"n": 2}, {"n": 3}, {}]}
    assert counted(document, output="data[*].n", images="#data[*]") == {"output": 5, "images": 3}


def test_no_more_counts_than_are_named():
    with pytest.raises(ValueError, match="no counts: outputs"):
        UsageTable.of(outputs="a")


def test_a_table_for_several_kinds_takes_the_first_that_is_there():
    table = NOTHING.otherwise(UsageTable.of(input="a").within("m"), UsageTable.of(input="b", output="c"))
    meter = Meter({})
    meter.table = table
    meter.event(b'{"m":{"a":1}}', {"m": {"a": 1}})
    meter.event(b'{"b":2,"c":3}', {"b": 2, "c": 3})
    assert meter.counts == {"input": 1, "output": 3}


@pytest.mark.parametrize(
    "usage", [None, 3, [], "many", {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens": "7"},
              {"prompt_tokens": 1 << 60}, {"prompt_tokens": {"prompt_tokens": 1}}],
)  # fmt: skip
def test_what_is_no_count_is_none(usage):
    meter = Meter({})
    CHAT.opened(orjson.dumps({"choices": [], "usage": usage})).count(meter)
    assert meter.counts == {}
