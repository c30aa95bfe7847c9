from __future__ import annotations

from testing.coverage_table import packages


def summary(statements, run, branches, taken):
    counted = {"num_statements": statements, "covered_lines": run, "num_branches": branches, "covered_branches": taken}
    return {"summary": counted}


def test_files_are_summed_by_package_and_the_total_comes_last():
    report = {"files": {
        "proxy/web/api/child.py": summary(10, 9, 4, 2), "proxy/web/body.py": summary(5, 5, 0, 0),
        "proxy/core/facts.py": summary(1, 0, 2, 0), "proxy/errors.py": summary(3, 3, 0, 0),
    }}  # fmt: skip
    assert packages(report) == {
        "proxy": [3, 3, 0, 0], "proxy.core": [1, 0, 2, 0], "proxy.web": [15, 14, 4, 2], "total": [19, 17, 6, 2],
    }  # fmt: skip
    assert list(packages(report))[-1] == "total"
