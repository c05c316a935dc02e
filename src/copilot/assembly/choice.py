"""Which model answers: flags, then the environment, then `config.toml`, then the provider's default."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from copilot.assembly.keys import Key
from copilot.providers import catalog
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import PROVIDER_NAMES, ModelChoice, ProviderName

if TYPE_CHECKING:
    from copilot.projects.settings import Settings


@frozen
class Flags:
    """What the person said on the command line; empty means nothing was said."""

    provider: str = ""
    model: str = ""
    base_url: str = ""
    api_version: str = ""


def choose_model(flags: Flags, environ: Mapping[str, str], settings: "Settings") -> ModelChoice | None:
    """The choice, or None where nobody chose a provider. A key or a server that answers is no choice.

    Raises ConfigError for a provider that does not exist.
    """
    named = flags.provider or environ.get(catalog.PROVIDER_VARIABLE, "") or settings.provider
    if not named:
        return None
    if named not in PROVIDER_NAMES:
        known = ", ".join(PROVIDER_NAMES)
        raise ConfigError(f"there is no provider {named!r}", f"Choose one of {known}.")
    provider: ProviderName = named
    return ModelChoice(
        provider=provider,
        model=_first(
            flags.model,
            environ.get(catalog.MODEL_VARIABLE, ""),
            settings.models.get(provider, ""),
            catalog.DEFAULT_MODELS.get(provider, named),  # the rehearsal takes any word
        ),
        base_url=_first(
            flags.base_url,
            environ.get(catalog.BASE_URL_VARIABLES.get(provider, ""), ""),
            settings.base_urls.get(provider, ""),
        ),
        api_version=_first(
            flags.api_version,
            environ.get(catalog.API_VERSION_VARIABLES.get(provider, ""), ""),
            settings.api_versions.get(provider, ""),
        ),
    )


def next_step(key_of: Callable[[ProviderName], Key | None]) -> ConfigError:
    """What to do where nobody chose a provider."""
    found = [name for name in PROVIDER_NAMES if key_of(name)]
    if found:
        hint = f"There is a key for {', '.join(found)}: add --provider {found[0]}"
    else:
        hint = (
            "Enter a key with `copilot keys set anthropic` (or gemini, openai), or set ANTHROPIC_API_KEY, "
            "GEMINI_API_KEY or OPENAI_API_KEY, and add --provider with its name"
        )
    return ConfigError(
        "no provider was chosen",
        f'{hint}, or write `provider = "…"` in config.toml. '
        "Without any key, --provider rehearsal answers with rehearsed words.",
    )


def _first(*values: str) -> str:
    return next((value for value in values if value), "")
