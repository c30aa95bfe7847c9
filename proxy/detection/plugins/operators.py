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
        ConfigurationError: one cannot be loaded, is not a Presidio operator, or has another name.

    """
    operator_sources = sources.sources(sources.OPERATORS, where)
    if not operator_sources:
        return {}
    operators = factory()
    return {source.name: _make(operators, _registered(operators, source)) for source in operator_sources}


def factory() -> Any:
    """Return Presidio's ``OperatorsFactory`` with our operators in it, as ``proxy_redact`` and so on.

    In Presidio's own engine each needs the parameter ``minter``.
    """
    presidio = _presidio()
    operators = presidio.OperatorsFactory()
    for name, operator in {**OPERATORS, **METHODS}.items():
        operators.add_anonymize_operator(_wrapped(presidio, f"proxy_{name}", operator))
    return operators


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


def _registered(operators: Any, source: sources.Source) -> str:
    """Register the operator of a source, and return its name."""
    presidio = _presidio()
    try:
        classes = [candidate for candidate in source.load() if _is_operator(presidio, candidate)]
        names = [candidate().operator_name() for candidate in classes]
    except Exception as fault:
        raise ConfigurationError(f"operators: {source.name}: cannot be loaded ({type(fault).__name__})") from fault
    if names != [source.name]:
        raise ConfigurationError(f"operators: {source.name}: one operator of Presidio's with this name is required")
    if source.name in operators.get_anonymizers():
        raise ConfigurationError(f"operators: {source.name}: Presidio or the proxy has an operator of this name")
    operators.add_anonymize_operator(classes[0])
    return source.name


def _is_operator(presidio: Any, candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, presidio.Operator)


def _make(operators: Any, name: str) -> Make:
    kind = _presidio().OperatorType.Anonymize

    def make(params: Mapping[str, Any]) -> Operator:
        operator = operators.create_operator_class(name, kind)
        operator.validate({**params, "entity_type": "", "digest": ""})

        def operate(entity_type: str, value: str, minter: Minter) -> str:
            parameters = {**params, "entity_type": entity_type, "digest": minter.digest(entity_type, value)}
            answer: str = operator.operate(text=value, params=parameters)
            return answer

        return operate

    return make
