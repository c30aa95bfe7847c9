"""Net lines are lines of code."""

from __future__ import annotations

from bench.size import main, net_lines


def test_net_lines_leave_out_what_is_not_code(tmp_path):
    path = tmp_path / "module.py"
    path.write_text('"""Docs\n\nof it."""\n\nimport os\n# why\n\n\ndef f():\n    """Docs."""\n    return os.sep\n')
    assert net_lines(path) == 2


def test_packages_and_their_sum_are_printed(capsys):
    main()
    *packages, total = capsys.readouterr().out.splitlines()
    assert sum(int(line.split()[1]) for line in packages) == int(total.split()[1])
