"""AWS Signature Version 4."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from proxy.core.targets.access import Authorization
from proxy.schemes.scheme import Parameter, PreparedRequest, Scheme

_EXTRA = "pip install 'compliance-proxy[aws]'"
_WORD = Parameter(r"^[a-z0-9][a-z0-9-]{0,62}$")


def _present(call: PreparedRequest, how: Authorization, secret: str) -> PreparedRequest:
    keys = _keys(secret)
    try:
        from botocore.auth import SigV4Auth  # noqa: PLC0415 - an extra
        from botocore.awsrequest import AWSRequest  # noqa: PLC0415
        from botocore.credentials import Credentials  # noqa: PLC0415
    except ImportError:
        raise ValueError(f"needs a signer: {_EXTRA}") from None
    request: Any = AWSRequest(call.method, str(call.url), headers=dict(call.headers), data=call.body)
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    SigV4Auth(credentials, how["service"], how["region"]).add_auth(request)
    added = {name: value for name, value in request.headers.items() if name not in call.headers}
    return replace(call, headers={**call.headers, **added})


def _keys(secret: str) -> Mapping[str, str]:
    try:
        keys = orjson.loads(secret) if secret.startswith("{") else _parted(secret)
        if all(isinstance(keys[name], str) and keys[name] for name in ("AccessKeyId", "SecretAccessKey")):
            return {name: value for name, value in keys.items() if isinstance(value, str) and value}
    except (ValueError, KeyError):
        pass
    raise ValueError("is not an AWS access key")


def _parted(secret: str) -> dict[str, str]:
    identity, key, token = (*secret.split(":", 2), "", "")[:3]
    return {"AccessKeyId": identity, "SecretAccessKey": key, "SessionToken": token}


SCHEMES = {
    "sigv4": Scheme(
        """AWS Signature Version 4 over method, path, query, headers, host and body.

        The credential is an access key as AWS tools write it: the output of a credential process, or
        ``id:secret[:token]``.
        """,
        parameters={"service": _WORD, "region": _WORD},
        present=_present,
    )
}
