"""What the provider tests share: one bridge, no proxies or keys of the person's."""

from collections.abc import Iterator

import pytest

from copilot.providers.bridge import Bridge


@pytest.fixture
def bridge() -> Iterator[Bridge]:
    bridge = Bridge()
    yield bridge
    bridge.close()
