from __future__ import annotations

from py3langid import langid

from proxy.detection.language import compacted

TEXTS = (
    "Der Hund bellt laut und läuft über die Straße",
    "Vad heter ni allihopa egentligen, och var bor ni?",
    "The quick brown fox",
    "Это предложение написано по-русски",
    "これは日本語の文章です",
    "x",
    "",
    "12345 67",
    "Ce n'est pas très compliqué, voilà",
    "O RATO ROEU A ROUPA DO REI DE ROMA",
)


def test_the_compact_model_ranks_as_the_packaged_one():
    plain = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    compact = compacted(langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE))
    assert [compact.rank(text) for text in TEXTS] == [plain.rank(text) for text in TEXTS]


def test_it_takes_less_memory():
    plain = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    before = len(plain.tk_nextmove)
    assert len(compacted(plain).tk_nextmove) < before * 0.8
