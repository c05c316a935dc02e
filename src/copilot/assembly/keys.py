"""A provider's key as a value, and the two places where it may lie in plain text: the environment, and the
`.env` of our own home, never a project's. `keys_held` adds this session and the system's keyring."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from copilot.projects.home import Home
from copilot.providers.catalog import KEY_VARIABLES
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.text import SHORTEST_KEY
from copilot.vocabulary.values import ProviderName

KeyPlace = Literal["environment", "session", "file", "keyring"]
KEY_PLACES: tuple[KeyPlace, ...] = ("environment", "session", "file", "keyring")
"""Where a key may lie, in the order in which they are looked at: the first that has one wins."""


@frozen
class Key:
    """One key and where it was found, as a place and in words that name the variable or the file."""

    value: str
    source: str
    place: KeyPlace = "environment"

    def __repr__(self) -> str:
        return f"Key(source={self.source!r})"


@frozen
class Keys:
    """The keys in the environment and in the file. `others` are there too and not used, but redacted all the
    same."""

    by_provider: Mapping[ProviderName, Key]
    others: tuple[str, ...] = field(default=(), repr=False)

    def get(self, provider: ProviderName) -> Key | None:
        """The provider's key, or None."""
        return self.by_provider.get(provider)

    def values(self) -> tuple[str, ...]:
        """Every key's value, for redaction."""
        return tuple(dict.fromkeys((*(key.value for key in self.by_provider.values()), *self.others)))


def find_keys(environ: Mapping[str, str], home: Home) -> Keys:
    """Read the known names from the environment, then from the home's `.env`; nothing enters the environment.

    Raises ConfigError for a key that cannot be sent in a header, and for a file that cannot be read.
    """
    first, second = keys_in_environment(environ), keys_in_file(home)
    return Keys(
        by_provider={**second.by_provider, **first.by_provider}, others=(*first.values(), *second.values())
    )


def keys_in_environment(environ: Mapping[str, str]) -> Keys:
    """The keys in variables. Raises ConfigError."""
    return _keys_in(environ, "", "environment")


def keys_in_file(home: Home) -> Keys:
    """The keys in the home's `.env`. Raises ConfigError."""
    return _keys_in(_own_file(home.env_file), f" in {home.env_file}", "file")


def _keys_in(values: Mapping[str, str | None] | Mapping[str, str], words: str, place: KeyPlace) -> Keys:
    """Of two names for one key the first that has a value wins."""
    found: dict[ProviderName, Key] = {}
    others: list[str] = []
    for provider, names in KEY_VARIABLES.items():
        for variable in names:
            value = (values.get(variable) or "").strip()
            if value and provider not in found:
                key = Key(value=sendable(value, variable), source=variable + words, place=place)
                found[provider] = key
            elif value:
                others.append(value)
    return Keys(by_provider=found, others=tuple(others))


def entered(provider: ProviderName, words: str) -> str:
    """What a person typed or pasted, as a key. Raises ConfigError, which does not repeat it."""
    value = words.strip()
    if not value:
        raise ConfigError("no key was entered", "Paste the key as the provider's page shows it.")
    if provider != "compatible" and len(value) < SHORTEST_KEY:
        raise ConfigError(f"that is too short to be a key of {provider}", "Copy the whole key.")
    return sendable(value, "what was entered")


def sendable(value: str, where: str) -> str:
    """The key, unless it holds what no header takes; then a ConfigError that names `where` alone."""
    if not value.isascii() or not value.isprintable() or set(" \"'") & set(value):
        raise ConfigError(
            f"the key in {where} holds a character that cannot be sent in a header",
            "Copy it again, without spaces or quotes.",
        )
    return value


def _own_file(file: Path) -> Mapping[str, str | None]:
    try:
        if not file.is_file():
            return {}
        from dotenv import dotenv_values  # most homes have no such file

        return dotenv_values(file, interpolate=False)
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file} is not UTF-8 text", "Save it as UTF-8, or move it away.") from error
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror}", "Make it readable for you, or move it away."
        ) from error
