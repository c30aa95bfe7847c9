from __future__ import annotations

import asyncio

import pytest

from proxy.cli.installation import check_registered
from proxy.errors import ConfigurationError


async def test_names_of_the_demo_registry_pass_and_others_say_how_to_use_them_anyway():
    await asyncio.to_thread(check_registered, ["demo-eu"], ["support-chat"])
    with pytest.raises(ConfigurationError, match=r"no tenant demo-ue; the nearest is demo-eu .* --unregistered"):
        await asyncio.to_thread(check_registered, ["demo-ue"])
