from __future__ import annotations

import io
import json
import os
import subprocess
import sys

import pytest

from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.pool import worker
from proxy.detection.pool.wire import HEAD, frame
from proxy.detection.text.plain import Ruled

pytestmark = pytest.mark.heavy


class Engine:
    def __init__(self):
        self.settled = 0

    def settle(self):
        self.settled += 1

    def detect(self, texts):
        assert self.settled == 1
        if any(text == "bad" for text in texts):
            raise ValueError
        return [
            SegmentFindings((Finding("PERSON", 0, len(text), 0.9, "rule" if isinstance(text, Ruled) else "x"),))
            for text in texts
        ]


def answers(*batches):
    source = io.BytesIO(
        b"".join(frame({"id": n, "texts": list(texts), "ruled": [0]}) for n, texts in enumerate(batches))
    )
    sink = io.BytesIO()
    worker.serve(Engine(), source, sink)
    data, told = sink.getvalue(), []
    while data:
        (length,) = HEAD.unpack(data[: HEAD.size])
        told.append(json.loads(data[HEAD.size : HEAD.size + length]))
        data = data[HEAD.size + length :]
    return told


def test_every_batch_is_answered_and_memory_is_given_back_now_and_then(monkeypatch):
    given = []
    monkeypatch.setattr(worker, "give_back", lambda: given.append(1))
    told = answers(*[["a", "bb"]] * (worker._BETWEEN_TRIMS * 2 + 1))
    assert [message["id"] for message in told] == list(range(len(told)))
    assert [row[0][0][2] for row in told[0]["rows"]] == [1, 2]
    assert len(given) == 2


def test_memory_is_given_back_once_when_no_question_comes(monkeypatch):
    given = []
    monkeypatch.setattr(worker, "_REST_S", 0.0)
    outlet, inlet = os.pipe()
    with os.fdopen(outlet, "rb") as source, os.fdopen(inlet, "wb") as asking:
        monkeypatch.setattr(worker, "give_back", lambda: (given.append(1), asking.close()))
        asking.write(frame({"id": 1, "texts": ["a"], "ruled": [0]}))
        asking.flush()
        worker.serve(Engine(), source, io.BytesIO())
    assert given == [1]


def test_texts_for_rules_alone_are_marked():
    (message,) = answers(["a", "bb"])
    assert [row[0][0][4] for row in message["rows"]] == ["rule", "x"]


def test_a_text_that_breaks_a_recognizer_fails_alone():
    (message,) = answers(["a", "bad", "c"])
    assert [row[1] for row in message["rows"]] == ["complete", "failed", "complete"]


def test_giving_memory_back_does_no_harm():
    worker.give_back()
    assert worker.resident_bytes() >= 0


def test_models_come_without_spacys_command_line_which_can_still_be_imported():
    code = (
        "import sys, proxy.detection.models.analyzer as a; assert 'typer' not in sys.modules; assert 'weasel' not in sys.modules;"
        "import spacy.cli; assert callable(spacy.cli.info)"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True, timeout=120)
