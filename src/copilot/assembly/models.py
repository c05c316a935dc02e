"""What models there are, asked of several services side by side: no project and no worker is needed."""

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

from copilot.assembly.choice import Flags, choose_model
from copilot.assembly.keys_held import HeldKeys
from copilot.assembly.providers import ProviderShelf
from copilot.assembly.stage import Stage
from copilot.projects.settings import Settings
from copilot.tokens.charging import Charging
from copilot.tokens.prices import Price, with_prices
from copilot.vocabulary.errors import CopilotError, NetworkError, TurnCancelledError
from copilot.vocabulary.frozen import frozen, replace
from copilot.vocabulary.text import clean, without_keys
from copilot.vocabulary.values import PROVIDER_NAMES, ModelChoice, ModelInfo, WireRecord

PriceOf = Callable[[ModelChoice], Price | None]

LIST_SECONDS = 20.0
"""How long a service may take to list its models."""


@frozen
class Listed:
    """What one service has; `trouble` says why it could not be asked. `source.model` is its default."""

    source: ModelChoice
    models: tuple[ModelInfo, ...] = ()
    trouble: CopilotError | None = None


def keyed(settings: Settings, keys: HeldKeys, environ: Mapping[str, str]) -> tuple[ModelChoice, ...]:
    """Each provider that a key is known for by now, with the model it would answer with."""
    choices = (
        choose_model(Flags(provider=name), environ, settings)
        for name in PROVIDER_NAMES
        if keys.get(name) is not None
    )
    return tuple(choice for choice in choices if choice is not None)


def offered(environ: Mapping[str, str], settings: Settings) -> tuple[ModelChoice, ...]:
    """Each provider with the model it would answer with, whether or not a key is known for it."""
    choices = (choose_model(Flags(provider=name), environ, settings) for name in PROVIDER_NAMES)
    return tuple(choice for choice in choices if choice is not None)


def list_models(
    sources: Sequence[ModelChoice], keys: HeldKeys, charging: Charging, today: date
) -> tuple[Listed, ...]:
    """What each of `sources` has, in their order; one that does not answer costs only itself."""
    stage = Stage(None)
    shelf = ProviderShelf(keys.find, _unrecorded, stage.server)
    try:
        ask = partial(_listed, keys, shelf, lambda model: charging.price(model, today))
        with ThreadPoolExecutor(max_workers=max(len(sources), 1)) as pool:
            return tuple(pool.map(ask, sources))
    finally:
        shelf.close()
        stage.close()


def _listed(keys: HeldKeys, shelf: ProviderShelf, price_of: PriceOf, source: ModelChoice) -> Listed:
    until = time.monotonic() + LIST_SECONDS
    try:
        models = shelf.get(source).models(lambda: time.monotonic() > until)
    except TurnCancelledError:
        return Listed(
            source=source,
            trouble=NetworkError(f"{source.provider} did not list its models in {LIST_SECONDS:g} s"),
        )
    except CopilotError as error:
        told = CopilotError(without_keys(clean(str(error)), keys), error.hint)
        return Listed(source=source, trouble=told)
    priced = with_prices(models, lambda name: price_of(replace(source, model=name)))
    return Listed(source=source, models=priced)


def _unrecorded(record: WireRecord) -> None:
    """There is no session whose log these bodies would belong to."""
