from __future__ import annotations

import pytest

from proxy.reports import render
from proxy.reports.render import serving
from proxy.reports.render.serving import NotRenderedError

pytestmark = pytest.mark.heavy


@pytest.mark.parametrize("kind", render.FORMATS)
async def test_a_file_is_the_one_that_a_command_writes(answer, kind):
    for extra in ("typst", "jinja2", "pyarrow"):
        pytest.importorskip(extra, reason="an extra is not installed")
    found = answer({"by": "crm"})
    assert await serving.rendered(found, kind) == render.rendered(found, kind)


async def test_a_pdf_that_cannot_be_made_in_time_is_a_fault_of_the_file(answer, monkeypatch):
    monkeypatch.setattr(serving, "_DEADLINE_S", 0.01)
    with pytest.raises(NotRenderedError, match="narrow the question"):
        await serving.rendered(answer({"by": "crm"}), "pdf")
