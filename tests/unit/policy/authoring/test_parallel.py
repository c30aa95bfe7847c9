from __future__ import annotations

import pytest

from proxy.policy.authoring import parallel
from proxy.policy.faults import BundleRefusedError

MAIN = """package compliance
import rego.v1
decision := {"n": input.n}
"""


@pytest.fixture
def policy(rego):
    return parallel.Policy(rego({"main.rego": MAIN}), None, {"revision": "d"})


@pytest.mark.parametrize("count", [3, parallel.WORTH_WORKERS + 50])
def test_outcomes_keep_the_order_here_and_in_workers(policy, count):
    documents = [{"n": number} for number in range(count)]
    assert [answer["n"] for answer in parallel.outcomes(policy, documents, workers=2)] == list(range(count))


def test_policy_that_cannot_be_loaded_is_refused_before_work_starts(rego):
    broken = parallel.Policy(rego({"main.rego": "package compliance\nx := y\n"}), None, {"revision": "d"})
    with pytest.raises(BundleRefusedError):
        next(parallel.outcomes(broken, [{}] * 1000))
