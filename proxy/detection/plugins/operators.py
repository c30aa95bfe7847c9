"""A deployment's own operators, behind Presidio's ``Operator``, and ours with that interface.

They are registered in Presidio's ``OperatorsFactory``. ``operate`` gets the value and, as parameters, those of the
obligation plus ``entity_type`` and ``digest``: a keyed digest of the value, constant within a domain, which cannot be
computed without the master key.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proxy.core.deidentification.installed import Make
from proxy.core.deidentification.operators import METHODS, OPERATORS, Operator
from proxy.core.deidentification.pseudonyms import Minter
from proxy.detection.plugins import sources
from proxy.errors import ConfigurationError

#: What presidio_anonymizer would import merely because it is installed, and spaCy with it.
_OPTIONAL = ("presidio_analyzer", "azure")


def load(where: Path | None) -> Mapping[str, Make]:
    """Return the operators of installed packages and of a folder, by name; Presidio is imported only if there are any.

    Raises:
        ConfigurationError: one cannot be loaded, is no Presidio operator, or has another name.

    """
    found = sources.sources(sources.OPERATORS, where)
    if not found:
        return {}
    known = factory()
    return {source.name: _make(known, _registered(known, source)) for source in found}


def factory() -> Any:
    """Return Presidio's ``OperatorsFactory`` with our operators in it, as ``proxy_redact`` and so on.

    In Presidio's own engine each needs the parameter ``minter``.
    """
    presidio = _presidio()
    known = presidio.OperatorsFactory()
    for name, operator in {**OPERATORS, **METHODS}.items():
        known.add_anonymize_operator(_wrapped(presidio, f"proxy_{name}", operator))
    return known


def _presidio() -> Any:
    """Import ``presidio_anonymizer.operators`` without its optional dependencies."""
    hidden = [name for name in _OPTIONAL if name not in sys.modules]
    for name in hidden:
        sys.modules[name] = None  # type: ignore[assignment]  # the import system's way to say "not there"
    try:
        from presidio_anonymizer import operators  # noqa: PLC0415 -- only where something is installed
    finally:
        for name in hidden:
            sys.modules.pop(name, None)
    return operators


def _wrapped(presidio: Any, name: str, operator: Operator) -> type:
    def operate(_self: Any, text: str, params: dict[str, Any] | None = None) -> str:
        parameters = params or {}
        return operator(str(parameters.get("entity_type", "")), text, parameters["minter"])

    def validate(_self: Any, params: dict[str, Any] | None = None) -> None:
        if not isinstance((params or {}).get("minter"), Minter):
            raise TypeError("minter: required")

    members = {
        "operate": operate,
        "validate": validate,
        "operator_name": lambda _self: name,
        "operator_type": lambda _self: presidio.OperatorType.Anonymize,
    }
    return type(name, (presidio.Operator,), members)


def _registered(known: Any, source: sources.Source) -> str:
    """Register the operator of a source, and return its name."""
    presidio = _presidio()
    try:
        classes = [found for found in source.load() if _is_operator(presidio, found)]
        names = [found().operator_name() for found in classes]
    except Exception as fault:
        raise ConfigurationError(f"operators: {source.name}: cannot be loaded ({type(fault).__name__})") from fault
    if names != [source.name]:
        raise ConfigurationError(f"operators: {source.name}: one operator of Presidio's with this name is required")
    if source.name in known.get_anonymizers():
        raise ConfigurationError(f"operators: {source.name}: Presidio or the proxy has an operator of this name")
    known.add_anonymize_operator(classes[0])
    return source.name


def _is_operator(presidio: Any, found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, presidio.Operator)


def _make(known: Any, name: str) -> Make:
    kind = _presidio().OperatorType.Anonymize

    def make(params: Mapping[str, Any]) -> Operator:
        operator = known.create_operator_class(name, kind)
        operator.validate({**params, "entity_type": "", "digest": ""})

        def operate(entity_type: str, value: str, minter: Minter) -> str:
            parameters = {**params, "entity_type": entity_type, "digest": minter.digest(entity_type, value)}
            answer: str = operator.operate(text=value, params=parameters)
            return answer

        return operate

    return make
