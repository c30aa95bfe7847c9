"""The catalog's model of a target's credential and its presentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, Union

from pydantic import AfterValidator, Field, create_model, model_validator

from proxy.catalog.law import Strict
from proxy.core.targets.access import is_file_name
from proxy.schemes import SCHEMES
from proxy.schemes.scheme import Parameter


def _file_name(value: str) -> str:
    if value and not is_file_name(value):
        raise ValueError("must be the name of a file in PROXY_TARGET_FILES, without a path")
    return value


FileName = Annotated[str, AfterValidator(_file_name)]


def _value(parameter: Parameter) -> Any:
    """Return the type of a parameter's value."""

    def allowed(value: str) -> str:
        if value.lower() in parameter.refused:
            raise ValueError(parameter.why.format(value))
        return value

    return Annotated[str, Field(pattern=parameter.pattern), AfterValidator(allowed)]


def _model(name: str) -> type[Strict]:
    """Return the model of a scheme's parameters."""
    values = {key: (_value(parameter), ...) for key, parameter in SCHEMES[name].parameters.items()}
    model: type[Strict] = create_model(  # type: ignore[call-overload]
        name, __base__=Strict, scheme=(Literal[name], ...), **values
    )
    return model


class _Authorization(Strict):
    """The members common to all schemes."""

    scheme: str


_MODELS = tuple(_model(name) for name in SCHEMES)
if TYPE_CHECKING:
    Authorization = _Authorization
else:
    Authorization = Annotated[Union[_MODELS], Field(discriminator="scheme")]  # noqa: UP007 - built from a list
#: The default.
BEARER: Any = _model("bearer").model_validate({"scheme": "bearer"})


class Tls(Strict):
    """Files in ``PROXY_TARGET_FILES``: authorities instead of the machine's, and a client certificate."""

    ca: FileName = ""
    certificate: FileName = ""
    key: FileName = ""

    @model_validator(mode="after")
    def _key_has_a_certificate(self) -> Self:
        if self.key and not self.certificate:
            raise ValueError("key needs a certificate")
        return self
