from __future__ import annotations

import base64
from datetime import UTC, datetime

import orjson
import pytest

from proxy.audit.verification import export
from proxy.audit.verification.export import ExportError, Manifest

PEAKS = base64.b64encode(b"p" * 64).decode()
MANIFEST = Manifest(
    "audit.acme.example/eu1", "", "", 3, 9, PEAKS, (), ("key",), 40, dict.fromkeys(export.FILES, "0" * 64)
)


def test_what_was_written_is_read_again():
    assert export.read(export.written(MANIFEST)) == MANIFEST


def test_the_log_before_the_stretch_goes_on_from_its_peaks():
    assert (MANIFEST.before.size, MANIFEST.before.peaks) == (3, [b"p" * 32] * 2)


@pytest.mark.parametrize("peaks", ["", "?", base64.b64encode(b"p" * 32).decode()])
def test_peaks_of_another_size_are_refused(peaks):
    held = orjson.loads(export.written(MANIFEST)) | {"peaks": peaks}
    with pytest.raises(ExportError):
        _ = export.read(orjson.dumps(held)).before


@pytest.mark.parametrize("change", [{"kind": "x"}, {"start": "x"}, {"files": {}}, {"files": 3}, {"growth": 3}])
def test_another_form_is_refused(change):
    with pytest.raises(ExportError):
        export.read(orjson.dumps(orjson.loads(export.written(MANIFEST)) | change))


def test_a_bound_is_said_with_its_zone():
    assert export.asked(datetime(2026, 7, 1, tzinfo=UTC)) == "2026-07-01T00:00:00+00:00"
    assert export.asked(None) == ""
