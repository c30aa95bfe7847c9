"""Faults of the policy adapter, with stable reasons for metrics and log."""

from __future__ import annotations

from proxy.errors import ConfigurationError, PolicyUnavailableError


class PolicyFaultError(PolicyUnavailableError):
    """The policy engine returned no valid decision in time."""

    def __init__(self, reason: str) -> None:
        """Keep ``reason``: unreachable, timeout, undefined, malformed, wrong_shape, unknown_action, conflict ..."""
        super().__init__()
        self.reason = reason


class BundleRefusedError(ConfigurationError):
    """The policy bundle is refused; the last good one stays in force."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep ``reason``: unreadable, null_in_data, signature, impure_builtin, does_not_compile, check, tests ..."""
        super().__init__(f"policy bundle refused ({reason}): {detail}")
        self.reason = reason
        self.detail = detail
