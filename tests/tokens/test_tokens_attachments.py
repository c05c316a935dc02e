"""Tokens of images and PDFs by each provider's rule."""

import pytest

from copilot.tokens.attachments import attachment_tokens
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ProviderName


def image(width: int, height: int) -> Attachment:
    return Attachment(name="i", media_type="image/png", size=1, sha256="0" * 64, width=width, height=height)


def document(pages: int) -> Attachment:
    return Attachment(name="d", media_type="application/pdf", size=1, sha256="0" * 64, pages=pages)


@pytest.mark.parametrize(
    ("provider", "width", "height", "tokens"),
    [
        ("anthropic", 200, 200, 64),  # 8 patches of 28 pixels each way
        ("anthropic", 1000, 1000, 1296),
        ("anthropic", 8000, 8000, 4784),
        ("anthropic", 8000, 80, 92),  # made to fit 2,576 pixels: 92 patches by 1
        ("gemini", 384, 384, 258),
        ("gemini", 960, 540, 516),
        ("gemini", 1536, 1536, 1032),
        ("openai", 1024, 1024, 1024),
        ("openai", 1800, 2400, 1_500),
        ("compatible", 32, 32, 1),
    ],
)
def test_images(provider: ProviderName, width: int, height: int, tokens: int) -> None:
    assert attachment_tokens(image(width, height), provider) == pytest.approx(tokens, rel=0.03)


def test_no_image_is_without_tokens_and_none_has_more_than_a_service_allows() -> None:
    for provider in ("anthropic", "openai", "compatible", "rehearsal"):
        for width in (1, 31, 500, 7_999):
            for height in (1, 700, 8_000):
                assert 1 <= attachment_tokens(image(width, height), provider) <= 4_784


def test_pdfs_count_by_the_page_and_hidden_pages_are_guessed() -> None:
    assert attachment_tokens(document(10), "gemini") == 2_580
    assert attachment_tokens(document(10), "anthropic") == 30_000
    assert attachment_tokens(document(0), "openai") == attachment_tokens(document(20), "openai")
