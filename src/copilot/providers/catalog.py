"""Names and addresses that change with the services, as data: models, variables, usual local servers."""

from collections.abc import Mapping
from typing import Final

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.values import ProviderName

DEFAULT_MODELS: Final[Mapping[ProviderName, str]] = {
    "anthropic": "claude-sonnet-5-5",
    "gemini": "gemini-3.8-flash",
    "openai": "gpt-6-astra",
    # A local server has the models it has: empty means the first one that it lists.
    "compatible": "",
}
"""The model that answers where nobody named one (November 2026)."""

PROVIDER_VARIABLE: Final = "COPILOT_PROVIDER"
MODEL_VARIABLE: Final = "COPILOT_MODEL"

KEY_VARIABLES: Final[Mapping[ProviderName, tuple[str, ...]]] = {
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    "openai": ("OPENAI_API_KEY",),
    "compatible": ("COPILOT_COMPATIBLE_API_KEY",),
}
"""Where keys are looked for, the first name first. `compatible` needs none."""

BASE_URL_VARIABLES: Final[Mapping[ProviderName, str]] = {
    "anthropic": "ANTHROPIC_BASE_URL",
    "gemini": "GOOGLE_GEMINI_BASE_URL",
    "openai": "OPENAI_BASE_URL",
    "compatible": "COPILOT_COMPATIBLE_BASE_URL",
}
"""For `openai` and `compatible` the URL ends with the version (`/v1`), for the other two it does not."""

API_VERSION_VARIABLES: Final[Mapping[ProviderName, str]] = {"gemini": "GOOGLE_GENAI_API_VERSION"}
"""Only Gemini's path has a version of its own."""


@frozen
class LocalServer:
    """A model server that people run on their own machine, at its usual address."""

    name: str
    base_url: str


LOCAL_SERVERS: Final[tuple[LocalServer, ...]] = (
    LocalServer(name="Ollama", base_url="http://127.0.0.1:11434/v1"),
    LocalServer(name="llama.cpp", base_url="http://127.0.0.1:8080/v1"),
    LocalServer(name="LM Studio", base_url="http://127.0.0.1:1234/v1"),
    LocalServer(name="vLLM", base_url="http://127.0.0.1:8000/v1"),
)
"""Offered where they answer, never chosen."""
