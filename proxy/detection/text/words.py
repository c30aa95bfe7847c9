"""The commonest words of the languages that are read."""

# ruff: noqa: E501 -- read line by line
from __future__ import annotations

#: The commonest words of each language: a text with enough of them is in that language.
COMMON_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset("the of and to in is you that it he was for on are as with his they at be this have from or had by but what we can out your which their will if do how about up my me who has him her she an not no there when been please".split()),
    "de": frozenset("der die das und ist nicht ein eine einen einem einer zu den dem des mit sich auf für von im ich wir sie er es auch als an nach wie bei aus hat werden wird wurde sind haben noch kann über oder bitte mein meine ihr war zum zur keine".split()),
    "fr": frozenset("le la les de des du et un une est pas je vous nous il elle que qui dans pour sur au aux avec ce cette son sa ses mon ma mes par plus ne se en été sont être avoir ont à mais ou où comme très bonjour merci".split()),
    "es": frozenset("el la los las de del y que en un una es no se por con para su al lo como más pero sus le ya o este sí porque esta entre cuando muy sin sobre también me hasta hay donde ha está fue son mi paciente años".split()),
    "it": frozenset("il lo la i gli le di del della dei delle e che è un una in non per con sono si mi da al alla nel nella come anche ma più questo questa ha ho suo sua ci sul sulla essere stato buongiorno grazie".split()),
    "pt": frozenset("o a os as de do da dos das e que é um uma em não para com se por no na nos nas como mais mas foi ao ele ela seu sua ou ser quando muito há já está eu também só pelo pela até isso são meu minha você obrigado".split()),
    "nl": frozenset("de het een en van is dat op te in zijn niet met voor aan er om ik je die ze hij maar ook als bij naar uit dan was wordt heeft hebben deze kan nog over mijn wij zij wat geen worden door heb".split()),
    "pl": frozenset("w i na z się nie do to że jest o jak a po co dla od za przez ale czy tak już są był była było może tylko ma przy jego jej ich oraz lub pan pani proszę dnia który która które roku pod ze mi mnie".split()),
}  # fmt: skip
