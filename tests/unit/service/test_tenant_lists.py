from __future__ import annotations

import pytest

from proxy.core.findings import Finding
from proxy.core.keyring import Keyring
from proxy.detection.lists import digest
from proxy.errors import ConfigurationError
from proxy.service import tenant_lists
from proxy.settings import Settings

TYPES = frozenset({"PERSON"})
KEY = tenant_lists.key(Keyring(b"k" * 32))


def test_lists_lie_beside_the_registry(tmp_path):
    assert tenant_lists.path(Settings(config_dir=tmp_path)) == tmp_path / "lists.yaml"


def test_each_installation_has_its_own_key():
    assert tenant_lists.key(Keyring(b"j" * 32)) != KEY
    assert len(KEY) == 32


def test_filters_by_tenant(tmp_path):
    where = tmp_path / "lists.yaml"
    assert tenant_lists.read(where, TYPES, KEY) == {}
    assert not tenant_lists.keyed(where, TYPES)
    where.write_text(f'lists:\n  - {{tenant: a, list: allow, type: PERSON, digest: "{digest(KEY, "a", "Ann Lee")}"}}\n')
    assert tenant_lists.keyed(where, TYPES)
    filters = tenant_lists.read(where, TYPES, KEY)
    assert set(filters) == {"a"}
    assert filters["a"].apply("ann lee", (Finding("PERSON", 0, 7, 0.9, "x"),)) == ()
    assert tenant_lists.filter_for(where, TYPES, KEY, "b") is None
    found = tenant_lists.filter_for(where, TYPES, KEY, "a")
    assert found is not None
    assert found.version == filters["a"].version


def test_a_wrong_file_is_refused(tmp_path):
    (tmp_path / "lists.yaml").write_text("lists: 5\n")
    with pytest.raises(ConfigurationError):
        tenant_lists.read(tmp_path / "lists.yaml", TYPES, KEY)
