from __future__ import annotations

import pytest
import typer

from proxy.cli.detect.regress import regress
from proxy.core.findings import Finding, SegmentFindings
from proxy.detection.lists import ListedTerm, compiled
from proxy.detection.regression import LabelledSpan, LabelledText

FOUND = Finding("PERSON", 0, 3, 0.9, "x")
ANN = (LabelledSpan(0, 3, "PERSON"),)


class Reader:
    """Finds a person at the start of every text."""

    def read(self, texts):
        return [SegmentFindings((FOUND,)) for _ in texts]


def run(tmp_path, *cases: LabelledText, entries: tuple[ListedTerm, ...] = ()) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join(case.line() for case in cases) + "\n\n")
    regress(path, Reader(), compiled(entries, b"k" * 32))


def test_cases_that_hold(tmp_path, capsys):
    run(
        tmp_path,
        *[LabelledText(str(number), "Ann says", findings=ANN) for number in range(20)],
        LabelledText("o", "Ann", findings=ANN, open=True),
    )
    out = capsys.readouterr().out
    assert "o: open, but holds now: remove 'open' from it" in out
    assert "21 cases: 21 hold, 0 do not, 0 are still open" in out


def test_a_case_that_does_not_hold_fails_unless_it_is_open(tmp_path, capsys):
    run(tmp_path, LabelledText("o", "Ann", absent=ANN, open=True))
    assert "o: open: PERSON at 0:3 is found" in capsys.readouterr().out
    with pytest.raises(typer.Exit) as caught:
        run(tmp_path, LabelledText("f", "Ann", absent=ANN))
    assert caught.value.exit_code == 1
    assert "f: FAILED: PERSON at 0:3 is found" in capsys.readouterr().out


def test_the_lists_of_the_cases_tenant_apply(tmp_path, capsys):
    run(tmp_path, LabelledText("c", "Ann", "acme", absent=ANN), entries=(ListedTerm("acme", "allow", value="Ann"),))
    assert "1 hold" in capsys.readouterr().out


@pytest.mark.parametrize("text", [b"{}\n", b"\xff\n"])
def test_lines_that_are_no_cases(tmp_path, text, capsys):
    path = tmp_path / "cases.jsonl"
    path.write_bytes(text)
    with pytest.raises(typer.Exit) as caught:
        regress(path, Reader(), {})
    assert caught.value.exit_code == 2
    assert str(path) in capsys.readouterr().err
