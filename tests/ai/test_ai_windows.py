"""How long a prompt may be, and how much shorter one must become that a service found too long."""

from datetime import date

import pytest

from copilot.ai.too_long import smaller_limit
from copilot.ai.windows import UNKNOWN_LIMIT_TOKENS, Windows, prompt_limit
from copilot.providers.base import Cancelled
from copilot.tokens.prices import Price, Prices, Rates
from copilot.vocabulary.errors import NetworkError
from copilot.vocabulary.values import Limits, ModelChoice, ModelInfo, ProviderName

RATES = Rates(input=1.0, output=2.0)


def choice(provider: ProviderName, model: str = "m", answer: int = 32_000) -> ModelChoice:
    return ModelChoice(provider=provider, model=model, max_output_tokens=answer)


@pytest.mark.parametrize(
    ("model", "window", "max_output", "limit"),
    [
        (choice("anthropic"), 1_000_000, 128_000, 180_000),
        (choice("anthropic"), 200_000, 64_000, 168_000),
        (choice("anthropic"), None, None, 180_000),
        (choice("rehearsal"), None, None, 180_000),
        (choice("openai"), 400_000, 128_000, 328_000),
        (choice("openai"), 400_000, 8_000, 352_000),
        (choice("gemini"), None, None, UNKNOWN_LIMIT_TOKENS),
        (choice("compatible"), 8_192, None, 5_324),
        (choice("compatible", answer=100), 8_192, None, 7_272),
    ],
)
def test_each_models_window_bounds_its_prompt(
    model: ModelChoice, window: int | None, max_output: int | None, limit: int
) -> None:
    assert prompt_limit(model, Limits(), window, max_output) == limit


def test_the_persons_own_number_stands() -> None:
    said = Limits(max_prompt_tokens=500_000)
    assert prompt_limit(choice("anthropic"), said, 200_000) == 500_000
    assert Windows(_no_prices, Server).limit(choice("compatible"), said, lambda: False) == 500_000


class Server:
    """A local server that lists two models, and counts how often it is asked."""

    name = "compatible"
    asked = 0

    def __init__(self, _choice: ModelChoice | None = None, window: int | None = 8_192) -> None:
        self._window = window

    def models(self, cancelled: Cancelled) -> tuple[ModelInfo, ...]:
        assert not cancelled()
        self.asked += 1
        if self._window == -1:
            raise NetworkError("nobody there")
        return (ModelInfo(name="other", window=1), ModelInfo(name="m", window=self._window))


def _no_prices() -> Prices:
    return Prices(made=date(2026, 1, 1), sources=())


def windows(server: Server) -> Windows:
    return Windows(_no_prices, lambda _: server)  # type: ignore[arg-type, return-value]


def test_a_local_server_is_asked_once_what_its_window_is() -> None:
    server = Server()
    found = windows(server)
    assert found.limit(choice("compatible"), Limits()) == UNKNOWN_LIMIT_TOKENS, "a preview asks nobody"
    assert server.asked == 0
    for _ in range(3):
        assert found.limit(choice("compatible"), Limits(), lambda: False) == 5_324
    assert found.limit(choice("compatible"), Limits()) == 5_324
    assert server.asked == 1


@pytest.mark.parametrize("window", [None, -1])
def test_one_that_does_not_say_is_asked_twice_at_most(window: int | None) -> None:
    server = Server(window=window)
    found = windows(server)
    for _ in range(4):
        assert found.limit(choice("compatible"), Limits(), lambda: False) == UNKNOWN_LIMIT_TOKENS
    assert server.asked == 2


def test_other_services_windows_come_from_the_price_table() -> None:
    price = Price(names=("gpt-9",), rates=RATES, window=400_000, max_output=128_000)
    table = Prices(made=date(2026, 1, 1), sources=(), models={"openai": ((price,),)})
    found = Windows(lambda: table, Server)  # type: ignore[arg-type]
    assert found.limit(choice("openai", "gpt-9"), Limits(), lambda: False) == 328_000
    assert found.limit(choice("openai", "unheard-of"), Limits(), lambda: False) == UNKNOWN_LIMIT_TOKENS


def test_gemini_is_asked_for_a_model_that_the_table_lacks_where_its_prompt_is_long() -> None:
    server = Server(window=1_048_576)
    found = windows(server)

    def limit(characters: int, provider: ProviderName = "gemini") -> int:
        return found.limit(choice(provider), Limits(), lambda: False, lambda: characters)

    assert limit(127_999) == UNKNOWN_LIMIT_TOKENS
    assert limit(1_000_000, "openai") == UNKNOWN_LIMIT_TOKENS, "its list has no windows"
    assert server.asked == 0
    assert limit(128_000) == int(1_048_576 * 0.9) - 32_000
    assert found.limit(choice("gemini"), Limits()) == limit(5), "a preview knows it then"
    assert server.asked == 1


def test_no_more_of_an_answer_is_asked_for_than_the_model_gives() -> None:
    price = Price(names=("gpt-old",), rates=RATES, window=128_000, max_output=16_384)
    table = Prices(made=date(2026, 1, 1), sources=(), models={"openai": ((price,),)})
    found = Windows(lambda: table, Server)  # type: ignore[arg-type]
    assert found.answering(choice("openai", "gpt-old")) == choice("openai", "gpt-old", answer=16_384)
    for kept in (
        choice("openai", "gpt-old", answer=8_000),
        choice("openai", "m"),
        choice("compatible", "gpt-old"),
    ):
        assert found.answering(kept) is kept


@pytest.mark.parametrize(
    ("words", "limit"),
    [
        ("prompt is too long: 250000 tokens > 200000 maximum", 760),
        ("The input token count (2000000) exceeds the maximum number of tokens allowed (1000000).", 475),
        ("This model's maximum context length is 8,192 tokens. However, you requested 16,384 tokens", 475),
        ("the request (20000 tokens) exceeds the available context size (10000 tokens), try", 475),
        ("Your input exceeds the context window of this model", 750),
        ("prompt is too long: 5 tokens > 9 maximum", 750),
    ],
)
def test_the_second_try_is_shorter_in_the_measure_of_the_services_own_numbers(words: str, limit: int) -> None:
    assert smaller_limit(words, 1_000) == limit
