from __future__ import annotations

import hashlib
import tomllib

from proxy.console import rendering


def test_what_others_made_is_what_it_was():
    folder = rendering.STATIC / "vendor"
    listed = tomllib.loads((folder / "vendor.toml").read_text())
    assert {f"{name}.js" for name in listed} == {path.name for path in folder.glob("*.js")}
    for name, about in listed.items():
        assert hashlib.sha256((folder / f"{name}.js").read_bytes()).hexdigest() == about["sha256"]
        assert (folder / about["licence_file"]).is_file()


def test_the_scripts_of_a_page_are_small():
    import gzip

    whole = sum(len(gzip.compress(content)) for name, (content, _) in rendering.files().items() if name.endswith(".js"))
    assert whole <= 100 << 10


def test_no_file_of_ours_styles_or_runs_inline():
    for path in rendering.TEMPLATES.rglob("*.j2"):
        text = path.read_text()
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert "|safe" not in text, path
