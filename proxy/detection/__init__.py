from __future__ import annotations

from proxy.runtime.environment import environment

#: Read when onnxruntime is loaded: otherwise it tells its maker of every session.
environment()["ORT_DISABLE_TELEMETRY"] = "1"
