"""Makes providers when a turn first needs them, on the worker's thread, and keeps them until the end."""

import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, cast

from copilot.assembly.keys import Key
from copilot.providers.base import OnWire, Place, Provider
from copilot.vocabulary.errors import AuthError
from copilot.vocabulary.values import ModelChoice, ProviderName, Rate

if TYPE_CHECKING:
    from copilot.providers.bridge import Bridge
    from copilot.rehearsal.server import RehearsalServer

FindKey = Callable[[ProviderName], Key | None]
"""The key of a provider as it is now. May take long: a keyring may have to be unlocked."""

REHEARSED_AS = "anthropic"
"""The protocol in which the built-in rehearsal is spoken to."""


NO_KEY = "Enter one in the settings, or with `copilot keys set`, or set it in the environment."


class ProviderShelf:
    """One provider for each service, base URL, API version and key; its SDK is imported when first asked for.

    What all workers send through one is bounded by `rates` and by what its service says. `place` is where
    Gemini's caches are written down; None: none are made.
    """

    def __init__(
        self,
        find_key: FindKey,
        on_wire: OnWire,
        rehearsal: "Callable[[], RehearsalServer]",
        rates: Mapping[ProviderName, Rate] | None = None,
        place: Place | None = None,
    ) -> None:
        self._find_key = find_key
        self._on_wire = on_wire
        self._rehearsal = rehearsal
        self._rates = rates or {}
        self._place = place
        self._lock = threading.Lock()
        self._bridge: Bridge | None = None
        self._made: dict[tuple[ProviderName, str, str, str], Provider] = {}

    def get(self, choice: ModelChoice) -> Provider:
        """The provider for `choice`. Any thread may ask. Raises AuthError where it lacks a key."""
        wanted = (choice.provider, choice.base_url, choice.api_version, self._key(choice))
        with self._lock:
            if wanted not in self._made:
                self._made[wanted] = self._make(choice, wanted[-1])
                self._made[wanted].throttle.rate = self._rates.get(choice.provider, Rate())
            return self._made[wanted]

    def close(self) -> None:
        """Close every provider, and end what is under way."""
        for provider in self._made.values():
            provider.close()
        self._made.clear()
        if self._bridge is not None:
            self._bridge.close()
            self._bridge = None

    def _make(self, choice: ModelChoice, key: str) -> Provider:
        if self._bridge is None:
            from copilot.providers.bridge import Bridge
            from copilot.providers.lazy_sdk import lazily

            lazily(("httpcore2",))  # half of it, and an asynchronous library, is not used: 10 ms
            self._bridge = Bridge()
        rehearsed = choice.provider == "rehearsal"
        name = REHEARSED_AS if rehearsed else choice.provider
        base_url = choice.base_url or (self._rehearsal().url if rehearsed else "")
        module = import_module(f"copilot.providers.{name}")
        return cast(
            Provider,
            module.make(
                key=key,
                base_url=base_url,
                api_version=choice.api_version,
                on_wire=self._on_wire,
                bridge=self._bridge,
                **({"place": self._place} if name == "gemini" else {}),
            ),
        )

    def _key(self, choice: ModelChoice) -> str:
        """The key to send; "" for a server that wants none."""
        if choice.provider == "rehearsal":
            return "rehearsal"
        key = self._find_key(choice.provider)
        if key is None and choice.provider != "compatible":
            raise AuthError(f"there is no key for {choice.provider}", NO_KEY)
        return key.value if key else ""
