"""Names in names of files, paths and identifiers."""

from __future__ import annotations

import pytest

from proxy.detection.people.slugs import slugs


def found(text):
    return [text[start:end] for start, end in slugs(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Summarise CV_Wolfgang_Trautwein_2026.pdf for me", "Wolfgang_Trautwein"),
        ("CV_Theophile_Charpentier-Noel_2026.pdf", "Theophile_Charpentier-Noel"),
        ("/people/malgorzata-kowalczyk?tab=1", "malgorzata-kowalczyk"),
        ("cv-gisela-von-hohenstein.pdf", "gisela-von-hohenstein"),
        ("scan HarrietThrelfall.pdf", "HarrietThrelfall"),
        ("/srv/share/meinolf.quasthoff/plan.xlsx", "meinolf.quasthoff"),
        ("open saoirse.quarrington.vcf", "saoirse.quarrington"),
        ("/files/cv_joerg_mueller_luedecke.pdf", "joerg_mueller_luedecke"),
        ("https://social.example/in/ines-marques-quaresma-4711", "ines-marques-quaresma"),
        ("/people/anna-nowak-invoice", "anna-nowak"),
        (r"C:\Users\gudrun_bockelmann\Desktop", "gudrun_bockelmann"),
        ("CV_Visser_Floor.pdf", "Visser_Floor"),
        ("loonstrook-gijs-van-dam.pdf", "gijs-van-dam"),
        ("/home/CorstiaanAchterveldt/notes.txt", "CorstiaanAchterveldt"),
    ],
)
def test_a_name_is_found_where_it_is_glued_together(text, name):
    assert found(text) == [name]


@pytest.mark.parametrize(
    "text",
    [
        "git checkout feature/retry-queue && cd my-project-name",
        "jenkins-agent victoria-metrics ruby-on-rails rose-gold max-length grant-access",
        "spark.read.parquet('s3://bucket/users').groupBy('country')",
        "contract-draft-final_v2.docx Quarterly_Report_Summary.xlsx invoice_april_june.pdf contract-may-grant.pdf",
        "/srv/jenkins_home/victoria-metrics/laura-utils/bin",
        "useEffect getUserName ReactDOM.render MainActivity.java",
    ],
)
def test_other_slugs_are_left(text):
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Erkläre das Newton-Verfahren an einem Beispiel.", []),
        ("Die Ausnahme beim Conn-Syndrom steht unten.", []),
        ("Conn-Nowak kommt später.", ["Conn-Nowak"]),
    ],
)
def test_a_name_and_an_ordinary_word_are_one_word(text: str, names: list[str]) -> None:
    assert [text[start:end] for start, end in slugs(text)] == names
