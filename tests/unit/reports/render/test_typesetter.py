from __future__ import annotations

import os

import pytest

from proxy.reports.render import paper, typesetter
from proxy.reports.render.printed import document
from proxy.runtime import child_process

pytest.importorskip("typst", reason="the extra 'reports' is not installed")
pytestmark = pytest.mark.heavy


async def test_a_process_of_its_own_makes_the_same_bytes(answer):
    source = paper.source(document(answer({"by": "crm"})))
    own = {"PATH": os.environ["PATH"]}
    made = await child_process.answered(
        "proxy.reports.render.typesetter", typesetter.encoded(source), own, longest=1 << 24
    )
    assert made == paper.typeset(source)
