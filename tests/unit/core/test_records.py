from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path

import pytest

import proxy
from proxy.core import records
from proxy.core.records import TargetVerdict
from testing.fakes import decision

KINDS = [kind for kind in vars(records).values() if isinstance(kind, type) and dataclasses.is_dataclass(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_record_is_frozen_and_small(kind):
    assert kind.__dataclass_params__.frozen
    assert "__slots__" in vars(kind)


def test_permitted_targets_in_order_of_rank():
    verdicts = tuple(
        TargetVerdict(name, permit, rank) for name, permit, rank in (("a", True, 2), ("b", False, 0), ("c", True, 1))
    )
    assert [verdict.target for verdict in decision("c", verdicts, "forward").permitted()] == ["c", "a"]


def test_only_enforce_makes_an_outbound():
    root = Path(inspect.getfile(proxy)).parent
    makers = [path.relative_to(root).as_posix() for path in root.rglob("*.py") if "Outbound(" in path.read_text()]
    assert [maker for maker in makers if maker != "core/records.py"] == ["core/decision/enforce.py"]
