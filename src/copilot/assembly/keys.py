"""Where the provider keys are: the environment, then the `.env` of our own home; never a project's."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from copilot.projects.home import Home
from copilot.providers.catalog import KEY_VARIABLES
from copilot.vocabulary.errors import ConfigError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ProviderName


@frozen
class Key:
    """One key and where it was found: a variable's name, with the file where it is not the environment."""

    value: str
    source: str

    def __repr__(self) -> str:
        return f"Key(source={self.source!r})"


@frozen
class Keys:
    """The keys that were found. `others` are there too and not used, but redacted all the same."""

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
    ours = _own_file(home.env_file)
    found: dict[ProviderName, Key] = {}
    others: list[str] = []
    for provider, names in KEY_VARIABLES.items():
        for variable in names:
            for values, place in ((environ, ""), (ours, f" in {home.env_file}")):
                value = (values.get(variable) or "").strip()
                if value and provider not in found:
                    found[provider] = Key(value=_sendable(value, variable), source=variable + place)
                elif value:
                    others.append(value)
    return Keys(by_provider=found, others=tuple(others))


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


def _sendable(value: str, variable: str) -> str:
    if not value.isascii() or not value.isprintable() or set(" \"'") & set(value):
        raise ConfigError(
            f"the key in {variable} holds a character that cannot be sent in a header",
            "Copy it again, without spaces or quotes.",
        )
    return value
