"""How a credential is presented to a target: each module of this package is a scheme, by its name.

``SCHEME`` declares the parameters that ``endpoints.yaml`` gives with ``scheme``, and how a call is changed. The catalog
checks parameters and upstreams present credentials by this one table. A secret is in the call alone: never in an error,
a log or a record, and neither is a URL whose query contains one.
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
