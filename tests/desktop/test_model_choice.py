"""What the menu Model leaves in the settings."""

from copilot.desktop.controller import chosen
from copilot.projects.config import Settings
from copilot.vocabulary.values import ModelChoice

STUDIO = "http://127.0.0.1:1234/v1"


def test_a_local_server_is_found_again_at_its_own_address() -> None:
    settings = Settings(provider="openai", models={"openai": "gpt"}, base_urls={"openai": "http://a/v1"})
    local = ModelChoice(provider="compatible", model="qwen", base_url=STUDIO)
    assert chosen(settings, local) == Settings(
        provider="compatible",
        models={"openai": "gpt", "compatible": "qwen"},
        base_urls={"openai": "http://a/v1", "compatible": STUDIO},
    )


def test_an_address_from_the_environment_does_not_enter_the_settings() -> None:
    settings = Settings(base_urls={"compatible": STUDIO})
    choice = ModelChoice(provider="anthropic", model="claude", base_url="http://proxy")
    assert chosen(settings, choice).base_urls == {"compatible": STUDIO}
