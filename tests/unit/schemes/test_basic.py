from __future__ import annotations

import pytest


def test_user_and_password_are_encoded(present):
    assert present("basic", "ann:p w").headers["Authorization"] == "Basic YW5uOnAgdw=="


def test_without_a_password_it_is_refused(present):
    with pytest.raises(ValueError, match="user:password"):
        present("basic", "ann")
