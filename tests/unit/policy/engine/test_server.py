from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from proxy.policy.engine.engine import EngineError
from proxy.policy.engine.server import _failure, options


def test_options_have_defaults():
    chosen = options(["--bundle", "b.tar.gz"])
    assert (chosen.bundle, chosen.host, chosen.port, chosen.socket) == (Path("b.tar.gz"), "127.0.0.1", 8181, None)
    assert (chosen.poll_s, chosen.deadline_s, chosen.verification_key) == (0.5, 5.0, None)


def test_options_need_a_bundle(capsys):
    with pytest.raises(SystemExit):
        options([])
    assert "--bundle" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (
            "main.rego:6: eval_conflict_error: complete rules must not produce multiple outputs",
            {
                "code": "eval_conflict_error",
                "message": "complete rules must not produce multiple outputs",
                "location": {"file": "main.rego", "row": 6, "col": 1},
            },
        ),
        ("eval_type_error: odd", {"code": "eval_type_error", "message": "odd"}),
        ("nothing known", {"code": "eval_error", "message": "evaluation failed"}),
    ],
)
def test_failures_have_opas_shape(message, detail):
    reply = _failure(EngineError("eval_error", message))
    assert reply.status == 500
    assert orjson.loads(reply.body) == {
        "code": "internal_error",
        "message": "error(s) occurred while evaluating query",
        "errors": [detail],
    }
