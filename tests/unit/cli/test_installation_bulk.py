"""A run from the command line says how far it was, and goes on."""

from __future__ import annotations

from dataclasses import dataclass

from proxy.cli.installation import run_bulk


@dataclass(frozen=True)
class Twice:
    identity: str = "twice"

    def open(self):
        return lambda lines: [f'"{line}{line}"' for line in lines]


def test_a_run_that_is_complete_answers_nothing_again(tmp_path, capsys):
    (tmp_path / "in.jsonl").write_text("a\nb\n")
    for expected in ("2 lines answered", "1 parts, 1 of them answered before"):
        answers, planned = run_bulk(Twice(), [str(tmp_path / "in.jsonl")], str(tmp_path / "out"), "", 0)
        assert list(answers.read(planned)) == ['"aa"', '"bb"']
        assert expected in capsys.readouterr().err
