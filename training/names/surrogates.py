"""Makes the names of realistic surrogates: python -m training.names.surrogates. Needs the package faker (MIT).

Of each language the names of women (f), of men (m) and of families (n), Polish and Ukrainian ones as men have them.
"""

# ruff: noqa: RUF001 -- letters of several alphabets, each meant
from __future__ import annotations

import importlib
import re
from collections.abc import Iterable
from pathlib import Path

OUT = Path(__file__).parents[2] / "proxy/core/deidentification/surrogate_names.txt"
_SOURCES = {
    "de": ["de_DE"], "en": ["en_US", "en_GB"], "es": ["es_ES"], "fr": ["fr_FR"], "it": ["it_IT"], "nl": ["nl_NL"],
    "pl": ["pl_PL"], "pt": ["pt_PT"], "sv": ["sv_SE"], "uk": ["uk_UA"],
}  # fmt: skip
_KINDS = {
    "f": ["first_names_female"], "m": ["first_names_male"],
    "n": ["male_last_names", "last_names_common", "last_names_male", "unisex_last_names", "last_names"],
}  # fmt: skip
_NAME = re.compile(r"[^\W\d_]{3,12}")
_MOST = {"f": 1100, "m": 1100, "n": 1500}
#: Names that the package lacks.
_MORE = {
    "pl f": "Anna Maria Katarzyna Małgorzata Agnieszka Barbara Ewa Krystyna Elżbieta Zofia Teresa Magdalena "
    "Joanna Janina Monika Danuta Jadwiga Aleksandra Halina Irena Beata Marta Dorota Helena Karolina "
    "Grażyna Jolanta Iwona Marianna Natalia Weronika Bożena Stanisława Urszula Wiesława Justyna Paulina "
    "Renata Alicja Sylwia Patrycja Kinga Aneta Ilona Ewelina Wanda Marzena Wioletta Olga Julia Lucyna "
    "Kamila Genowefa Izabela Edyta Emilia Aldona Albina Adrianna Antonina Sabina Regina Malwina Martyna "
    "Celina Balbina Faustyna Roksana Zuzanna Hanna Bronisława Czesława Dagmara Sara Laura Klara Tamara "
    "Gabriela Daniela Fabiola Mirela Judyta Greta Brygida Kornelia Amelia Wiktoria Oliwia Nadia Lidia "
    "Felicja Łucja Dominika Angelika Franciszka Ludwika Henryka Tosia Kasia Basia Gosia Zosia",
    "pl m": "Marek Jacek Leszek Witold Konrad Roman Szymon Marcin Damian Fabian Adrian Kacper Kajetan Karol "
    "Michał Paweł Tomasz Mateusz Łukasz Jakub Dawid Dominik Eryk Henryk Patryk Ludwik Zbigniew Andrzej "
    "Piotr Robert Hubert Norbert Albert Artur Adam Jan Stanisław Wacław Bolesław Krzysztof Józef Grzegorz "
    "Kazimierz Tadeusz Wojciech Bartosz",
    "uk f": "Олена Ірина Наталія Оксана Тетяна Марія Галина Людмила Світлана Ганна Катерина Юлія Валентина Лариса "
    "Надія Анна Софія Вікторія Анастасія Марина Інна Алла Раїса Зінаїда Поліна Ярина Дарина Карина Орина "
    "Зоряна Роксолана Богдана Руслана Стефанія Емілія Євгенія Лідія Аліна Каліна Мар'яна Регіна Сніжана "
    "Уляна Яна",
    "uk m": "Олександр Іван Петро Андрій Сергій Микола Василь Тарас Богдан Роман Степан Максим Назар Остап Юрій "
    "Дмитро Артем Денис Леонід Федір Арсен Антон Демид Захар",
}


def _listed(source: str, members: Iterable[str]) -> list[str]:
    provider = importlib.import_module(f"faker.providers.person.{source}").Provider
    return [name for member in members for name in getattr(provider, member, ())]


def _spread(names: list[str], most: int) -> list[str]:
    """Return at most so many names, evenly chosen."""
    return names if len(names) <= most else [names[len(names) * at // most] for at in range(most)]


def main() -> None:
    """Write the file."""
    lines = ["# Names by language and kind: f of women, m of men, n of families. Made by training/names/surrogates.py."]
    for language, sources in _SOURCES.items():
        for kind, members in _KINDS.items():
            own = _MORE.get(f"{language} {kind}", "").split()
            listed = [name for source in sources for name in _listed(source, members)]
            fitting = dict.fromkeys(name for name in listed if _NAME.fullmatch(name) and name.istitle())
            adjectives = [name for name in fitting if name.endswith(("ski", "cki"))] if language == "pl" else []
            rest = _spread(sorted(set(fitting) - set(adjectives)), _MOST[kind])
            lines.append(f"{language} {kind} {' '.join(sorted({*own, *adjectives[:160], *rest}))}")
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
