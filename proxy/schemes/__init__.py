"""How a credential is presented to a target: each module beside this one is a scheme, by its name.

``SCHEME`` says what ``endpoints.yaml`` gives beside ``scheme`` and how a call is changed. The catalog checks its
parameters, and upstreams present credentials, from this one table. A secret stands in the call alone: never in an
error, a log or a record, nor does the URL that holds one in its query.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from proxy.schemes.scheme import Scheme

#: name -> scheme
SCHEMES: Mapping[str, Scheme] = {
    module.name: importlib.import_module(f"{__name__}.{module.name}").SCHEME
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name)
    if module.name != "scheme"
}
