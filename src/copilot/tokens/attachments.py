"""How many tokens an image or a PDF has, by each provider's own rule, without asking anybody.

Sources (read in November 2026): platform.claude.com/docs/en/build-with-claude/vision and /pdf-support,
ai.google.dev/gemini-api/docs/tokens and /document-processing, developers.openai.com/api/docs/guides/
images-vision and /file-inputs. Where a model's own rule is not known, the dearest of the known ones counts.
"""

from math import ceil, sqrt

from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ProviderName

CLAUDE_PATCH, CLAUDE_LONG_EDGE, CLAUDE_MOST = 28, 2576, 4784
"""An image costs one token for each patch of 28 x 28 pixels, after it was made to fit the longest edge and
the most tokens that a model sees (those of the newest models; older ones see 1568 pixels and 1568 tokens)."""

CLAUDE_PAGE = 3_000
"""A page of a PDF: 1,500 to 3,000 tokens of text by its density, and an image of it, in all about as much."""

GEMINI_TILE, GEMINI_SMALL, GEMINI_TOKENS = 768, 384, 258
"""258 tokens for an image of at most 384 pixels each way, else for each tile of 768; as much for a page."""

OPENAI_PATCH, OPENAI_MOST, OPENAI_PAGE = 32, 1536, 1_500
"""One token for each patch of 32 x 32 pixels, at most 1,536; a page of a PDF is text and an image."""

UNKNOWN_PAGES = 20
"""Pages of a PDF that hides them."""


def attachment_tokens(part: Attachment, provider: ProviderName) -> int:
    """About how many tokens of a prompt the attachment is."""
    if part.media_type == "application/pdf":
        pages = part.pages or UNKNOWN_PAGES
        each = {"anthropic": CLAUDE_PAGE, "rehearsal": CLAUDE_PAGE, "gemini": GEMINI_TOKENS}
        return pages * each.get(provider, OPENAI_PAGE)
    match provider:
        case "anthropic" | "rehearsal":
            return _claude(part.width, part.height)
        case "gemini":
            return _gemini(part.width, part.height)
        case "openai" | "compatible":
            return _openai(part.width, part.height)


def _claude(width: int, height: int) -> int:
    shrink = min(1.0, CLAUDE_LONG_EDGE / max(width, height))
    return min(_patches(width * shrink, height * shrink, CLAUDE_PATCH), CLAUDE_MOST)


def _gemini(width: int, height: int) -> int:
    if max(width, height) <= GEMINI_SMALL:
        return GEMINI_TOKENS
    return _patches(width, height, GEMINI_TILE) * GEMINI_TOKENS


def _openai(width: int, height: int) -> int:
    patches = _patches(width, height, OPENAI_PATCH)
    if patches <= OPENAI_MOST:
        return patches
    shrink = sqrt(OPENAI_MOST * OPENAI_PATCH**2 / (width * height))
    return min(_patches(width * shrink, height * shrink, OPENAI_PATCH), OPENAI_MOST)


def _patches(width: float, height: float, side: int) -> int:
    return ceil(width / side) * ceil(height / side)
