"""Dates as they are dictated: "the third of March nineteen eighty", "am dritten März neunzehnhundertachtzig"."""

# ruff: noqa: E501 -- tables and patterns are read line by line
from __future__ import annotations

from proxy.detection.patterns.pattern import Pattern
from proxy.detection.patterns.recognizers.dates import birth_or_date

_ONES = "one|two|three|four|five|six|seven|eight|nine"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_BELOW_100 = f"(?:(?:{_TENS})(?:[- ](?:{_ONES}))?|{_TEENS}|(?:oh|o)[- ](?:{_ONES})|{_ONES})"
_YEAR_EN = f"(?:(?:eighteen|nineteen|twenty)[- ](?:hundred(?: and)? )?{_BELOW_100}|two thousand(?:(?: and)?[- ]{_BELOW_100})?|(?:19|20)[0-9]{{2}})"
_ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth"
_DAY_EN = f"(?:(?:twenty|thirty)[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|{_ORDINALS})"
_SPOKEN_DAY_EN = f"(?:{_DAY_EN}|(?:twenty|thirty)[- ](?:{_ONES})|{_TEENS}|{_ONES}|twenty|thirty)"
_MONTH_EN = "(?:january|february|march|april|may|june|july|august|september|october|november|december)"
#: Months that are also a verb or a name are told by a year, or by "of" or "the" beside them.
_MONTH_ALONE = "(?:january|february|april|june|july|september|october|november|december)"
_ONES_DE = "ein|zwei|drei|vier|fünf|fuenf|sechs|sieben|acht|neun"
_DAY_DE = f"(?:ersten?|zweiten?|dritten?|vierten?|fünften?|fuenften?|sechsten?|siebten?|siebenten?|achten?|neunten?|zehnten?|elften?|zwölften?|zwoelften?|(?:drei|vier|fünf|fuenf|sech|sieb|acht|neun)zehnten?|(?:(?:{_ONES_DE})und)?(?:zwanzig|dreißig|dreissig)sten?)"
_MONTH_DE = "(?:januar|jänner|februar|märz|maerz|april|mai|juni|juli|august|september|oktober|november|dezember)"
_YEAR_DE = "(?:(?:neunzehnhundert|achtzehnhundert|zweitausend)(?:und)?[a-zäöüß]{0,24}|(?:19|20)[0-9]{2})"
_DAY_FR = "(?:premier|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|dix[- ](?:sept|huit|neuf)|vingt(?:[- ](?:et[- ])?(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf))?|trente(?:[- ]et[- ]une?)?)"
_MONTH_FR = (
    "(?:janvier|février|fevrier|mars|avril|mai|juin|juillet|août|aout|septembre|octobre|novembre|décembre|decembre)"
)
_YEAR_FR = "(?:(?:dix[- ]neuf[- ]cents?|mille[- ]neuf[- ]cents?|deux[- ]mille)(?:[- ](?:et|une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante)){0,5}|(?:19|20)[0-9]{2})"
_DAY_ES = "(?:primero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci(?:séis|seis|siete|ocho|nueve)|veinte|veinti[a-zó]{2,8}|treinta(?: y uno)?)"
_MONTH_ES = "(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
_YEAR_ES = "(?:(?:mil novecientos|dos mil)(?: (?:y|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci[a-zé]{3,6}|veinte|veinti[a-zó]{2,8}|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)){0,4}|(?:19|20)[0-9]{2})"

PATTERNS: tuple[Pattern, ...] = (
    Pattern("dictated_day_first", "DATE", f"(?i:(?:the )?{_DAY_EN}(?: of {_MONTH_EN}(?:,? {_YEAR_EN})?| {_MONTH_EN},? {_YEAR_EN}| {_MONTH_ALONE}))", 90, 0.75, f"(?i:(?:st|nd|rd|th)(?: of)? {_MONTH_EN})", refine=birth_or_date),
    Pattern("dictated_month_first", "DATE", f"(?i:{_MONTH_EN} (?:the )?{_SPOKEN_DAY_EN},? {_YEAR_EN}|(?:{_MONTH_ALONE} (?:the )?|{_MONTH_EN} the ){_DAY_EN})", 90, 0.75, f"(?i:{_MONTH_EN} (?:the )?{_SPOKEN_DAY_EN})", refine=birth_or_date),
    Pattern("dictated_german", "DATE", f"(?i:{_DAY_DE} {_MONTH_DE}(?: {_YEAR_DE})?)", 90, 0.75, f"(?i:ten? {_MONTH_DE})", refine=birth_or_date),
    Pattern("dictated_french", "DATE", f"(?i:{_DAY_FR} {_MONTH_FR}(?: {_YEAR_FR})?)", 110, 0.75, f"(?i:[a-z] {_MONTH_FR})", refine=birth_or_date),
    Pattern("dictated_spanish", "DATE", f"(?i:{_DAY_ES} de {_MONTH_ES}(?: (?:de|del) {_YEAR_ES})?)", 120, 0.75, f"(?i:[a-z] de {_MONTH_ES})", refine=birth_or_date),
)  # fmt: skip
