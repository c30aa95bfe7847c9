"""In a program a guess counts where something is said, and never for a symbol."""

from __future__ import annotations

import os
import sysconfig
from pathlib import Path

import pytest
from pygments.lexers import get_lexer_by_name

from bench.outbound.persons import LANGUAGES
from proxy.core.findings import Finding
from proxy.detection.meaning.said import AMBIGUOUS
from proxy.detection.text.code import _LEXERS, _PROGRAMS, Kinds, spoken, without_symbols


def all_in(language):
    return lambda text: [(0, len(text), language)]


PYTHON, SQL = all_in("python"), all_in("sql")
FILE = '''"""Queues of heaps.

The algorithm was found by Xumbro Vkrell, who works at the mill.
"""
import mark
from rose import Emil as lily


class Heap(Base):  # Heap of Ruby
    @frank
    def julia(self, ruby: Rose) -> None:
        elif args == grace(ruby):
            return self.mark or "Ruby"
        value = "Xumbro Vkrell"  # ask Xumbro Vkrell
        note = "disabled"
'''


def kept(
    text: str, *values: str, kind: str = "PERSON", recognizer: str = "classifier", score: float = 0.95
) -> list[str]:
    """Return which values of a program survive, each guessed wherever it stands."""
    spans = [(at, at + len(v)) for v in values for at in range(len(text)) if text.startswith(v, at)]
    guesses = [Finding(kind, start, end, score, recognizer) for start, end in spans]
    return [text[f.start : f.end] for f in without_symbols(text, guesses, PYTHON)]


@pytest.mark.parametrize("recognizer", ["classifier", "spacy", "known_name", "name_label"])
@pytest.mark.parametrize(
    "symbol", ["mark", "rose", "Emil", "lily", "Base", "frank", "julia", "ruby", "grace", "elif args", "self", "Heap"]
)
def test_symbols_are_nobody(symbol, recognizer):
    assert not kept(FILE, symbol, recognizer=recognizer)


@pytest.mark.parametrize("recognizer", ["classifier", "spacy", "known_name"])
def test_names_in_literals_comments_and_documentation_are_somebody(recognizer):
    assert kept(FILE.replace("Xumbro Vkrell", "Anna Nowak"), "Anna Nowak", recognizer=recognizer) == ["Anna Nowak"] * 3


def test_name_that_no_list_has_counts_where_the_model_is_sure_or_somebody_is_credited():
    assert kept(FILE, "Xumbro Vkrell") == ["Xumbro Vkrell"] * 3
    assert not kept(FILE, "Xumbro Vkrell", score=0.5)
    assert kept("x = 1\n# Author: Xumbro Vkrell\n", "Xumbro Vkrell", score=0.5)


@pytest.mark.parametrize(
    "prose",
    [
        "Please ask Annegret about it",
        "Annegret",
        "Viele liebe Grüße von Annegret",
        "Can you tell Annegret that it works?",
    ],
)
def test_prose_among_code_is_read_as_prose(prose):
    assert kept(f"{prose}\n\nimport x\n\ny = x.run(1)\n", "Annegret") == ["Annegret"]


def test_mention_counts_in_a_comment_and_decorator_does_not():
    assert kept(
        "x = 1  # @annegret knows\n@property\ndef y(): ...",
        "annegret",
        "property",
        kind="USERNAME",
        recognizer="mention",
    ) == ["annegret"]


def test_word_in_lower_case_counts_in_a_literal_where_the_model_is_sure():
    assert not kept('x = ["isin", "amin"]\n', "isin", score=0.85)
    assert kept('x = "annegret"\n', "annegret", score=0.95) == ["annegret"]


def test_field_outside_of_literals_is_no_account():
    for recognizer in ("account_field", "account_held", "mention_addressed"):
        assert not kept("my $owner=shift;\n", "shift", kind="USERNAME", recognizer=recognizer)
        assert kept('x = "owner=jdoe"\n', "jdoe", kind="USERNAME", recognizer=recognizer) == ["jdoe"]


def test_what_is_said_in_a_program():
    said = spoken('x = "Ala ma"  # kota\ndef y(): ...\n', "python").split("\n")
    assert [line.strip() for line in said] == ['"Ala ma" | # kota', "", ""]


@pytest.mark.parametrize(
    ("kind", "value", "counts"),
    [
        ("BANK_ACCOUNT", "15 16 17 18", False), ("BANK_ACCOUNT", "40017782", True), ("USERNAME", "k.nowak", True), ("USERNAME", "MUT-60218457", True), ("USERNAME", "utf_8", False), ("ZIP_CODE", "2822", False),
        ("STREET_ADDRESS", "C/C", False), ("STREET_ADDRESS", "14 Cuttle Rise", True), ("IP_ADDRESS", "192.0.2.7", False),
        ("IP_ADDRESS", "93.184.216.34", True), ("IP_ADDRESS", "10.88.3.41", True), ("EMAIL_ADDRESS", "a@b.example", True), ("CREDENTIAL", "hunter2", True),
        ("DATE_OF_BIRTH", "february", False), ("DATE", "march", False), ("DATE_OF_BIRTH", "3 February 1981", True),
    ],
)  # fmt: skip
def test_numbers_and_addresses_need_their_form(kind, value, counts):
    assert bool(kept(f"x = '{value}'\n", value, kind=kind)) is counts


def test_part_of_an_address_of_examples_is_none():
    assert not kept("x = '2001:db8::1/128'\n", "db8::1/128", kind="IP_ADDRESS")
    assert kept("x = '2a01:4f8::1/128'\n", "4f8::1/128", kind="IP_ADDRESS")


def test_term_of_a_special_category_becomes_ambiguous_in_a_literal_and_is_dropped_elsewhere():
    terms = [Finding("HEALTH_CONDITION", at, at + 8, 0.6, "terms") for at in (FILE.index("disabled"),)]
    [left] = without_symbols(FILE, terms, PYTHON)
    assert left.recognizer == AMBIGUOUS
    symbol = FILE.index("julia")
    assert not without_symbols(FILE, [Finding("HEALTH_CONDITION", symbol, symbol + 5, 0.6, "terms")], PYTHON)


@pytest.mark.parametrize(("kind", "value"), [("PERSON", "Vkrell"), ("USERNAME", "C-7718"), ("ZIP_CODE", "4711")])
def test_literals_of_statements_are_data(kind, value):
    statement = f"INSERT INTO people (vkrell, code) VALUES ('{value}', 12)"
    at = statement.index(f"'{value}") + 1
    guesses = [Finding(kind, at, at + len(value), 0.5, "classifier"), Finding(kind, 20, 26, 0.9, "classifier")]
    assert without_symbols(statement, guesses, SQL) == guesses[:1]


def test_words_of_statements_are_no_prose():
    statement = "1301\tALTER TABLE ONLY audit.purged ALTER COLUMN hashes SET STORAGE EXTERNAL;"
    for value in ("TABLE", "ALTER COLUMN", "TABLE ONLY"):
        at = statement.index(value)
        guess = Finding("STREET_ADDRESS", at, at + len(value), 0.9, "classifier")
        assert not without_symbols(statement, [guess], SQL)


def test_quotation_marks_in_a_name_hide_none_of_it():
    statement = "INSERT INTO people (name) VALUES ('Jean-Claude', 'D'Souza', 'x')"
    at = statement.index("D'Souza")
    guess = Finding("PERSON", at, at + 7, 0.5, "classifier")
    assert without_symbols(statement, [guess], SQL) == [guess]


def test_end_of_a_packed_program_is_read_as_prose():
    packed = "x=1;" * 600 + "say('Anna Nowak');y=2"
    assert kept(packed, "Anna Nowak") == ["Anna Nowak"]


def test_text_that_is_no_program_keeps_everything_and_one_without_doubts_is_not_asked():
    findings = [Finding("PERSON", 0, 4, 0.5, "classifier")]
    assert without_symbols("mark()", findings, lambda _: []) == findings
    checked = [Finding("EMAIL_ADDRESS", 0, 4, 1.0, "email")]
    assert without_symbols("mark()", checked, lambda _: pytest.fail("asked")) == checked


def test_every_kind_of_program_has_a_lexer():
    for kind in _PROGRAMS:
        assert get_lexer_by_name(_LEXERS.get(kind, kind))


@pytest.mark.parametrize(
    "prose",
    [
        "We compared price, latency and support; the table lists (for each month) the figures.",
        "Call Ann Lee\nfrom the ward; use the door\n(415) 555-0132",
    ],
)
def test_prose_with_semicolons_is_no_program_without_a_model(prose):
    kinds = Kinds()
    assert kinds.programs(prose) == []
    assert kinds._model is None


@pytest.mark.heavy
@pytest.mark.parametrize(
    "program",
    [
        "from libc.stdint cimport uint64_t\n\nfrom ..doc cimport Doc\n\ncdef class Example:\n    cdef readonly Doc x\n",
        "// Sorts the rows of a table by the names of people, which Ann wrote.\n// It is slow.\nint total; int count;\n",
        ";; Keys of the editor\n(global-set-key [f5] 'reload)\n(setq-default indent-tabs-mode nil)\n(menu-bar-mode -1)\n",
    ],
)
def test_programs_of_few_signs_are_programs(program):
    assert Kinds().language(program)


@pytest.mark.heavy
def test_programs_are_told_from_prose_data_and_commands():
    kinds = Kinds()
    folder = Path(sysconfig.get_path("stdlib"))
    files = [folder / name for name in ("copy.py", "poplib.py", "zipfile.py", "ipaddress.py")]
    assert {kinds.language(file.read_text()[:4000]) for file in files} == {"python"}
    texts = Path(__file__).parents[4] / "bench" / "outbound" / "texts"
    prose = [part for code in LANGUAGES for part in (texts / f"{code}.txt").read_text().split("\n\n")]
    said = [text for text in prose if not text.lstrip().startswith(("INSERT", "SELECT", "UPDATE"))]
    assert {kinds.language(text) for text in said if kinds.language(text) not in {"", "sql"}} == set()
    assert not any(
        map(kinds.language, ['{"a": 1, "b": [2, 3]}', "a;b;c\n1;2;3\n4;5;6", "name: ci\non: [push]\njobs: {}"])
    )


def test_the_runtime_tells_its_maker_nothing():
    Kinds().language("import os\n\ndef f():\n    return os.name\n")
    files = [Path(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
    assert [path for path in files if path.is_symlink() and "onnxruntime.db" in str(path.readlink())] == []
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


def test_a_place_or_firm_that_may_be_a_person_is_a_symbol_unless_it_is_a_whole_name():
    text = "x = 'Kowalczyk'  # Netscape Kowalczyk: syntax; Anna Kowalczyk knows; see Straubing\n"
    for kind in ("LOCATION", "ORGANIZATION"):
        values = ("Netscape Kowalczyk", "Anna Kowalczyk", "Straubing")
        assert kept(text, *values, kind=kind, recognizer="spacy", score=0.6) == ["Anna Kowalczyk", "Straubing"]


CODE = "".join(f"def run_{at}(self, rows):\n    return [row.get({at}) for row in rows]\n" for at in range(14))
PROSE = "Gesine wrote that the delivery was late again.\nThe lamp is broken and she wants another one.\n" * 9


class Told(Kinds):
    """Tells programs by how they begin."""

    def language(self, text: str) -> str:
        return "python" if text.startswith("def") else ""


@pytest.mark.parametrize(
    ("before", "behind", "parts"), [(CODE, "", ["whole"]), (PROSE, CODE, ["second"]), (PROSE, PROSE, [])]
)
def test_half_of_a_text_may_be_a_program(before, behind, parts):
    text = before + behind
    spans = [(start, end) for start, end, _ in Told().programs(text)]
    assert ["whole" if span == (0, len(text)) else "second" for span in spans] == parts
    assert all(text.startswith("def", start) for start, _ in spans)


def test_a_name_before_a_program_is_judged_as_prose():
    text = PROSE + CODE
    guess, symbol = (Finding("PERSON", at, at + 6, 0.6, "classifier") for at in (0, text.index("run_9")))
    assert without_symbols(text, [guess, symbol], Told().programs) == [guess]


def test_code_in_the_fences_of_a_message_is_a_program():
    letter = (
        "Dear Ruby, please have a look at it when you are back from the mill, and tell the others what you think.\n" * 9
    )
    text = f"{letter}```python\n{FILE}```\n{letter}~~~\n{letter}~~~\n"
    ((start, end, kind),) = Kinds().programs(text)
    assert kind == "python"
    assert text[start:end] == FILE


def test_a_word_under_a_key_for_names_is_more_than_a_symbol():
    text = 'var demo = new Customer { FirstName = "Vkrella", Colour = "Vkrella" };\n'
    first, second = text.index("Vkrella"), text.rindex("Vkrella")
    guesses = [Finding("PERSON", at, at + 7, 0.95, "classifier") for at in (first, second)]
    assert [f.start for f in without_symbols(text, guesses, all_in("cs"))][:1] == [first]


@pytest.mark.parametrize("name", ["Annegret", "Josefin", "Kazimierz"])
def test_a_single_name_in_a_literal_needs_more_than_a_list(name):
    assert not kept(f"import x\n\nfonts = ['{name}', 'Arial']\n\ny = x.run(1)\n", name, recognizer="known_name")
    assert kept(f"import x\n\nfonts = ['{name}', 'Arial']\n\ny = x.run(1)\n", name) == [name]
