from __future__ import annotations

from proxy.web.admission import Slots
from proxy.web.api import child
from proxy.web.api.ports import AdminContext


def test_two_commands_and_one_activation_by_default(in_memory):
    api, *_ = in_memory()
    assert (api.commands.limit, api.activations.limit) == (2, 1)
    assert isinstance(api.activations, Slots)
    assert AdminContext.__dataclass_fields__["run"].default is child.run


def test_secrets_are_not_shown(in_memory):
    api, *_ = in_memory()
    assert "postgres://x" not in repr(api)
