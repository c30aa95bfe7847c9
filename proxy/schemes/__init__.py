"""How a credential is presented to a target: each module of this package has ``SCHEMES``, by name.

A scheme declares the parameters that ``endpoints.yaml`` gives with ``scheme``, and how a call is changed. The catalog
checks parameters and upstreams present credentials by this one table. A secret is in the call alone: never in an error,
a log or a record, and neither is a URL whose query contains one.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from proxy.schemes.scheme import Scheme


def _schemes() -> dict[str, Scheme]:
    names = {module.name for module in pkgutil.iter_modules(__path__)} - {"scheme"}
    modules = [importlib.import_module(f"{__name__}.{name}") for name in names]
    schemes = {name: scheme for module in modules for name, scheme in module.SCHEMES.items()}
    return dict(sorted(schemes.items()))


#: name -> scheme
SCHEMES: Mapping[str, Scheme] = _schemes()
