# ruff: noqa: RUF001 -- sentences as people write them
"""Sentences in languages that are not read, alone and in the middle of text that is; and clean text that looks odd."""

from __future__ import annotations

import pytest

from proxy.core.findings import Status
from proxy.detection.text.language import identify
from proxy.detection.text.unread import unread

UNREAD = {
    "af": [
        "Die pasiënt het vertel dat sy verlede lente met borskanker gediagnoseer is",
        "My naam is Pieter en ek woon in Bloemfontein, bel my asseblief môre",
    ],
    "mt": [
        "Il-pazjenta qalet li fir-rebbiegħa sabulha kanċer tas-sider",
        "Jiena Marija Borg u noqgħod il-Birgu, jekk jogħġbok ċempilli għada",
    ],
    "mg": ["Nilaza ny marary fa voan'ny homamiadan'ny nono sy diabeta izy"],
    "lb": ["D'Patientin huet erzielt, datt si am Fréijoer Broschtkriibs krut"],
    "gsw": ["D Patientin het verzellt, dass si im Früelig Bruschtkräbs übercho het"],
    "fi": [
        "Isälläni on rintasyöpä ja sokeritauti",
        "Potilas Matti Virtanen kertoi että hänellä on masennus",
        "Voisitko auttaa minua kirjoittamaan kirjeen lääkärille",
        "Äitini sairastui viime vuonna keuhkosyöpään",
    ],
    "sv": [
        "Min mamma har bröstcancer och sockersjuka",
        "Patienten heter Anna Lindqvist och bor i Göteborg",
        "Kan du hjälpa mig att skriva ett brev till läkaren",
        "Han har varit sjukskriven för depression sedan i våras",
    ],
    "tr": [
        "Annemde meme kanseri ve şeker hastalığı var",
        "Hastanın adı Ayşe Yılmaz ve Ankara'da oturuyor",
        "Doktora bir mektup yazmama yardım eder misin",
        "Babam geçen yıl kalp krizi geçirdi",
    ],
    "cs": [
        "Moje matka má rakovinu prsu a cukrovku",
        "Pacient se jmenuje Jan Novák a bydlí v Brně",
        "Můžete mi pomoci napsat dopis lékaři",
        "Minulý rok mu byla diagnostikována deprese",
    ],
    "ro": [
        "Mama mea are cancer la sân și diabet",
        "Pacientul se numește Ion Popescu și locuiește la Cluj",
        "Poți să mă ajuți să scriu o scrisoare către medic",
        "Anul trecut a fost diagnosticat cu depresie",
    ],
    "hu": [
        "Az édesanyámnak mellrákja és cukorbetegsége van",
        "A beteg neve Kovács János és Szegeden lakik",
        "Tudna segíteni levelet írni az orvosnak",
        "Tavaly depressziót állapítottak meg nála",
    ],
    "da": [
        "Min mor har brystkræft og sukkersyge",
        "Patienten hedder Jens Hansen og bor i Aarhus",
        "Kan du hjælpe mig med at skrive et brev til lægen",
        "Han blev sidste år indlagt med en depression",
    ],
    "nb": [
        "Moren min har brystkreft og sukkersyke",
        "Pasienten heter Kari Nordmann og bor i Bergen",
        "Kan du hjelpe meg med å skrive et brev til legen",
        "Han ble i fjor innlagt med en alvorlig depresjon",
    ],
    "hr": [
        "Moja majka ima rak dojke i šećernu bolest",
        "Pacijent se zove Ivan Horvat i živi u Zagrebu",
        "Možete li mi pomoći napisati pismo liječniku",
        "Prošle godine dijagnosticirana mu je depresija",
    ],
    "sk": [
        "Moja mama má rakovinu prsníka a cukrovku",
        "Pacient sa volá Peter Kováč a býva v Žiline",
        "Môžete mi pomôcť napísať list lekárovi",
    ],
    "ca": [
        "La meva mare té càncer de mama i diabetis",
        "El pacient es diu Jordi Puig i viu a Girona",
        "Em pots ajudar a escriure una carta al metge",
        "L'any passat li van diagnosticar una depressió",
    ],
    "lv": [
        "Manai mātei ir krūts vēzis un cukura diabēts",
        "Pacientu sauc Jānis Bērziņš un viņš dzīvo Rīgā",
        "Vai jūs varat palīdzēt uzrakstīt vēstuli ārstam",
    ],
    "lt": [
        "Mano mama serga krūties vėžiu ir diabetu",
        "Pacientas vardu Jonas Petraitis gyvena Kaune",
        "Ar galite padėti parašyti laišką gydytojui",
    ],
    "et": [
        "Minu emal on rinnavähk ja suhkruhaigus",
        "Patsiendi nimi on Mari Tamm ja ta elab Tartus",
        "Kas te saate aidata mul arstile kirja kirjutada",
    ],
    "sl": [
        "Moja mama ima raka dojke in sladkorno bolezen",
        "Ali mi lahko pomagate napisati pismo zdravniku",
    ],
    "vi": [
        "Mẹ tôi bị ung thư vú và tiểu đường",
        "Bệnh nhân tên là Nguyễn Văn An sống ở Huế",
        "Me toi bi ung thu vu va tieu duong",
    ],
    "id": [
        "Ibu saya menderita kanker payudara dan diabetes",
        "Pasien bernama Budi Santoso tinggal di Bandung",
        "Tolong bantu saya menulis surat kepada dokter",
    ],
    "sw": [
        "Mama yangu ana saratani ya matiti na kisukari",
        "Mgonjwa anaitwa Juma Hassan anaishi Mombasa",
        "Tafadhali nisaidie kuandika barua kwa daktari",
    ],
    "tl": [
        "Ang nanay ko ay may kanser sa suso at diyabetis",
        "Tulungan mo akong sumulat ng liham sa doktor",
    ],
    "ru-lat": [
        "U moey materi rak grudi i sakharnyy diabet",
        "Pomogite mne napisat pismo vrachu pozhaluysta",
        "Bolnogo zovut Ivan Petrov i on zhivet v Moskve",
    ],
    "hi-lat": [
        "Meri maa ko stan cancer aur madhumeh hai",
        "Mujhe doctor ko chitthi likhne mein madad karo",
        "mera naam rahul hai aur mujhe sugar ki bimari hai",
    ],
    "el-lat": [
        "I mitera mou echei karkino tou mastou kai diaviti",
        "Boreis na me voithiseis na grapso ena gramma ston giatro",
    ],
    "sq": [
        "Nëna ime ka kancer të gjirit dhe diabet",
        "A mund të më ndihmoni të shkruaj një letër mjekut",
    ],
    "eu": [
        "Gaixoak kontatu zuen iazko udaberrian bularreko minbizia aurkitu zizkiotela",
        "Nire amak bularreko minbizia eta diabetesa ditu",
        "Lagunduko didazu medikuari gutun bat idazten",
    ],
    "cy": [
        "Mae gan fy mam ganser y fron a diabetes",
        "Allwch chi fy helpu i ysgrifennu llythyr at y meddyg",
    ],
    "is": [
        "Mamma mín er með brjóstakrabbamein og sykursýki",
    ],
    "ga": [
        "Tá ailse chíche agus diaibéiteas ar mo mháthair",
    ],
    "rot13": [
        "Zl zbgure unf oernfg pnapre naq qvnorgrf",
        "Cyrnfr jevgr n yrggre gb gur qbpgbe",
    ],
    "rev": [
        "setebaid dna recnac tsaerb sah rehtom yM",
        "rotcod eht ot rettel a etirw esaelP",
    ],
}
AROUND = {
    "translation": "Please translate the following mail for me: {} Thank you very much for your help with this.",
    "german": "Bitte fassen Sie den folgenden Text kurz zusammen: {}. Vielen Dank für die Hilfe und bis morgen.",
    "quote": 'Our customer wrote "{}" and we do not know what to answer to him.',
    "list": "- check the invoice\n- {}\n- call the office about the delivery",
    "json": '{{"status": "open", "comment": "{}", "author": "support team"}}',
    "csv": "id,comment,date\n17,{},2024-05-01\n18,the parcel has arrived,2024-05-02",
    "code": "def total(items):\n    # {}\n    return sum(item.price for item in items)\n",
}
MIXED = [
    "my father has rintasyöpä ja sokeritauti",
    "the doctor said hän sairastaa masennusta since last year",
    "Please note that patienten har bröstcancer and needs a call",
    "she told me annemde meme kanseri var and cried",
    "He wrote that moja majka ima rak in the mail",
    "The note says mama mea are cancer la sân next to the date",
]
CLEAN = [
    "Anna Müller",
    "Katarzyna Wójcik lives at ul. Marszałkowska 12/4, 00-590 Warszawa",
    "Please ship to Søndergade 52, 9700 Brønderslev, Denmark",
    "Carcinoma in situ mammae sinistrae, status post mastectomiam",
    "Rp. Paracetamoli 500 mg, da signa: ter die per os",
    "acute lymphoblastic leukaemia pt c/o sob and cp hx htn dm2 on metformin lisinopril atorvastatin",
    "pt is a 54 yo f w hx of copd presents w sob denies cp n v d",
    "kubectl get pods -n kube-system | grep nginx && systemctl restart postgresql",
    "git commit -am 'fix lint' && git push origin main --force-with-lease",
    "10:04:22 ERROR worker heartbeat timeout retry backoff exhausted",
    "name,street,city,zip\nKovačević,Ilica 10,Zagreb,10000\nÖztürk,Bağdat Cad.,Istanbul,34000",
    "Ericsson, Nokia, Skanska, Türkiye İş Bankası and Ľudová banka reported results",
    "we flew from Göteborg via København to Hämeenlinna and Jyväskylä",
    "lorem ipsum dolor sit amet consectetur adipiscing elit",
    "uh so like i dunno gonna grab sum coffee brb lol",
    "hola q tal xq no vienes mñn tb",
    "jsp mdr tkt on se capte dmn",
    "hab grad kein bock mehr ey wat soll dat",
    "const handler = async (req, res) => { await db.query(sql); res.json(rows) }",
    "import numpy as np\nfrom sklearn.model_selection import train_test_split",
    "Donaudampfschifffahrtsgesellschaftskapitän Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz",
    "Szanowni Państwo, w załączeniu przesyłam wypowiedzenie umowy najmu",
    "Gemäß Bundesdatenschutzgesetz erteile ich die Einwilligungserklärung",
    "Le patient a bénéficié d'une cholécystectomie par coelioscopie",
    "El paciente acude por disnea de esfuerzo y edemas en miembros inferiores",
    "Il paziente riferisce dispnea da sforzo e edemi declivi",
    "O paciente refere dispneia aos esforços e edema de membros inferiores",
    "Patiënt heeft dyspnoe d'effort en enkeloedeem",
    "Grüezi mitenand, chönd Sie mir bitte hälfe",
    "Dat is allemaal goed gegaan hoor, groetjes",
]
#: Seldom met in what the model learnt from: not every short sentence is told.
FAINT = {"sw": 1, "et": 1, "cy": 1}


@pytest.mark.parametrize("language", UNREAD)
def test_a_sentence_that_is_not_read_is_noticed(language):
    missed = [sentence for sentence in UNREAD[language] if not unread(sentence)]
    assert len(missed) <= FAINT.get(language, 0)


@pytest.mark.parametrize("around", AROUND)
@pytest.mark.parametrize("language", UNREAD)
def test_it_is_noticed_inside_text_that_is_read(language, around):
    missed = [sentence for sentence in UNREAD[language] if not unread(AROUND[around].format(sentence))]
    assert len(missed) <= FAINT.get(language, 0)


@pytest.mark.parametrize("text", MIXED)
def test_words_of_another_language_within_a_sentence_are_noticed(text):
    assert identify(text)[1] is Status.PARTIAL


@pytest.mark.parametrize("text", CLEAN)
def test_names_code_notes_and_slang_are_read(text):
    assert not unread(text)


def test_the_last_sentence_of_a_long_text_counts():
    text = "The meeting is on Monday and everybody should bring the report. " * 200
    assert not unread(text)
    assert unread(text + UNREAD["fi"][0])


def test_nothing_is_read():
    assert not unread("")
    assert not unread("42")


CODE = [
    "if yr is None: yr = 4 * (yr // 100); assert yr, yr",
    "fr = fb > fpr ? fb : fpr\nlet gtfn, ltefn, ltfn, comp, ecomp",
    "const anum = numeric.test(a)\nconst bnum = numeric.test(b)\nanum && !bnum",
    "return sig for sig, v in self.traps.items() if v\ntok = next(tok, rest)",
    "select(nsec or usec or msec or sec)\nself.tagnum = self.tagnum + 1\nif fws and fws:",
    "arg, argval, argrepr = repr(arepr)\nchksum(obj, chksum, chksum)\nfcntl.fcntl(fcntl)",
]


@pytest.mark.parametrize("text", CODE)
@pytest.mark.parametrize("around", ["{}", "def run(self):\n    {}\n", "1\tThe value is checked.\n2\t{}\n3\t# Done."])
def test_identifiers_are_no_language(text, around):
    assert not unread(around.format(text))


def test_an_account_is_no_words_of_a_language():
    assert not unread("owner: priya.raghunathan")
    assert not unread("Seen by adaeze.okonkwo, and by tunde.bakare.")
    assert unread("Tolong kirim surat ini kepada ibu saya, besok.pagi")
