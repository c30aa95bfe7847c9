"""Words that are no part of a name, and words that make something else of one: in the eight languages."""

# ruff: noqa: E501 -- tables are read line by line
from __future__ import annotations

from typing import Final

#: Words that belong to no name, wherever they stand.
NO_NAME: Final = frozenset(
    "the a an and or but nor if then else of in on at for to by from with without is was are were be been has have had will would can could may might must shall should do does did not no yes please dear hi hello hey thanks thank regards best kind sincerely yours cheers "
    "i me my mine we us our you your he him his she her they them their it its this that these those who whom whose which what when where why how all any each every some both other another same such only also just still yet "
    "ask tell call email mail write send give show find add remove delete update create make get set use see check contact meet invite remind pay hire schedule book draft summarise summarize translate explain rewrite review forward reply let help "
    "der die das den dem des ein eine einen einem einer und oder aber wenn dann von im am an auf für zu zum zur bei mit ohne aus nach über unter ist war sind waren sein hat haben wird werden kann können darf muss soll nicht kein keine ja nein bitte liebe lieber sehr geehrte geehrter hallo danke vielen dank grüße gruß ich mich mir mein wir uns unser sie ihr ihre er ihm "
    "le la les un une des du et ou mais si de dans sur pour par avec sans est était sont a ont sera peut doit ne pas plus oui non cher chère bonjour merci cordialement je me mon ma nous notre vous votre il elle ils elles son sa ses ce cette "
    "el los las una unos y o pero con sin en por para es era son fue ha han será puede debe no sí estimado estimada querido querida hola gracias saludos yo mi nosotros nuestro usted su sus él ella este esta "
    "il lo gli uno e ma se di nel nella su per con senza è era sono ha hanno sarà può deve non sì caro cara gentile ciao grazie saluti io mio mia noi nostro lei suo sua questo questa "
    "os as um uma mas em no na por com sem é foi são tem têm será pode deve não sim caro prezado olá obrigado obrigada eu meu minha nós nosso você seu sua ele ela este esta "
    "het een en of maar als van op voor bij met zonder is was zijn heeft hebben zal kan moet niet geen ja nee beste geachte hallo bedankt groeten ik mij mijn wij ons onze u uw zij haar hij hem dit deze "
    "i a lub ale jeśli w na do od z ze dla bez jest był była są ma mają będzie może musi nie tak szanowny szanowna drogi droga cześć dzień dziękuję pozdrawiam ja mój moja my nasz pan pani państwo on ona ten ta "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember "
    "lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre novembre décembre lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
)
#: Words behind a name that make the whole something else: a street, a firm, a body, a thing.
THINGS: Final = frozenset(
    "street road avenue lane drive square park bridge river lake valley beach bay island hill mountain airport station hotel hall house court center centre hospital clinic university college school institute museum church cathedral stadium foundation fund award prize medal cup league "
    "inc ltd llc llp plc corp corporation company co group holdings partners gmbh ag kg ohg se bv nv sa srl spa sas sarl lda limited bank insurance "
    "agreement act bill law code plan program programme project report test tests method theorem algorithm model equation index scale score disease syndrome protocol protocols standard guideline guidelines release edition update version season festival day week month year report meeting team department office service services support system server cluster database api sdk app platform framework library cloud engine "
    "straße strasse platz weg allee gasse klinik klinikum krankenhaus schule universität verein stiftung preis institut rue place boulevard calle plaza paseo avenida via viale piazza rua praça straat laan plein ulica aleja "
    "number no nr id code key form account order invoice ticket claim policy card email e-mail phone address date name street zip city country".split()
)
#: Words before a name that make a place of it.
PLACES: Final = frozenset(
    "san santa santo são sao sankt st saint sainte fort lake mount port prince new puerto ciudad villa villar los las".split()
)
#: Words that join the parts of a name, small or not.
LINKS: Final = frozenset(
    "de da do dos das di del dello della degli dei du des van von vom zu zur ter ten den der het la las los le bin ibn al el af av lo".split()
)
#: Firms that are called like people.
FIRMS: Final = frozenset(
    "morgan stanley|jp morgan|johnson controls|philip morris|ralph lauren|jack daniels|mercedes benz|goldman sachs|ernst young|calvin klein|tommy hilfiger|hugo boss|louis vuitton|christian dior|harley davidson|"
    "estee lauder|elizabeth arden|charles schwab|franklin templeton|raymond james|edward jones|thomas cook|wells fargo|julius baer|aston martin|rolls royce|marks spencer|abercrombie fitch|tiffany co|henry schein|"
    "albert heijn|leroy merlin|yves rocher|massimo dutti|salvatore ferragamo|giorgio armani|jeronimo martins|mona lisa|grand slam|jersey city|john deere|john lewis|eli lilly|martin marietta|monte carlo|santa claus|rose garden|grant thornton|julian calendar".split(
        "|"
    )
)
#: Words that say what somebody is called.
NAMING: Final = frozenset(
    "heiße heisse heißt called named llamo llama chiamo chiama m'appelle s'appelle heet chamo-me chama-se".split()
)
#: Words that deal with somebody, before a name.
DEALS: Final = frozenset(
    "to with for from by of mr mrs ms dr ask tell call contact email mail thank meet invite remind an mit für von bei herr herrn frau à avec pour de par con para per di da em com do aan voor met van dla od z klient klienta klientem klientka customer client patient user kunde kunden cliente utente klant name named".split()
)
