"""The web application on fakes, behind a real socket."""

from __future__ import annotations

import pytest

from testing.serving import serving


@pytest.fixture
def serve():
    """Return a context manager that serves; keyword arguments go to the limits and the gate."""
    return serving
