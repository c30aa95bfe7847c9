"""What is left out of torch changes no finding."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.heavy


SCORED = """
import sys
from proxy.detection.models import arithmetic
assert sys.argv[1] == "whole" or arithmetic.skip_meta_registrations()
from proxy.detection.models import classifier
told = classifier.load().find(["Thank Anna Schmidt, born 2 March 1971 in Lyon, for the call from Acme Ltd."])
print(told[0])
print(hasattr(sys.modules["torch._meta_registrations"], "Callable"))
"""


def test_findings_are_the_same():
    told = [
        subprocess.run([sys.executable, "-c", SCORED, how], capture_output=True, text=True, check=True).stdout
        for how in ("whole", "lean")
    ]
    (whole, registered), (found, left_out) = (one.splitlines()[-2:] for one in told)
    assert found == whole
    assert "PERSON" in found
    assert (registered, left_out) == ("True", "False")


@pytest.mark.parametrize(
    "before",
    ["import sys; sys.modules['torch'] = None", "arithmetic._TRIED = ('0.',)"],
    ids=["imported already", "untried"],
)
def test_any_other_torch_stays_whole(before):
    code = f"from proxy.detection.models import arithmetic; {before}; import sys; print(arithmetic.skip_meta_registrations(), arithmetic._UNUSED in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"
