from __future__ import annotations

import csv

import pytest

from proxy.errors import ConfigurationError
from proxy.runtime import resources


def test_what_is_missing_is_named_with_the_command_that_installs_it():
    with pytest.raises(ConfigurationError, match=r"needs no_such_library: pip install 'compliance-proxy\[lake\]'"):
        resources.library("no_such_library.part", "lake")


def test_what_is_there_is_returned():
    assert resources.library("csv", "lake") is csv
