from __future__ import annotations

from proxy.core.explanation import totals_of_remarks
from proxy.core.records import Remark


def test_changes_are_summed_by_type_operator_and_obligation():
    remarks = [
        Remark("messages[*].content", "US_SSN", "redact", "o2"),
        Remark("messages[*].content", "PERSON", "pseudonymize", "o1", 2),
        Remark("metadata.*", "PERSON", "pseudonymize", "o1"),
    ]
    assert totals_of_remarks(remarks) == [
        {"entity_type": "PERSON", "operator": "pseudonymize", "obligation": "o1", "count": 3},
        {"entity_type": "US_SSN", "operator": "redact", "obligation": "o2", "count": 1},
    ]
