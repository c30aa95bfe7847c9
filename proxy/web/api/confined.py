"""``python -m proxy.web.api.confined``: runs one policy command (``proxy.cli.policy.child``), confined.

It evaluates Rego from a caller. ``proxy.runtime.child_process`` says what a confined process may.
"""

from __future__ import annotations

import runpy

from proxy.runtime.child_process import confine, end_with_parent

if __name__ == "__main__":
    confine()
    runpy.run_module("proxy.cli.policy.child", run_name="__main__")
elif __name__ == "__mp_main__":
    end_with_parent()
