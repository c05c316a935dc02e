"""What each service takes in one request: images and PDFs, how many, how large.

Sources (read in November 2026): platform.claude.com/docs/en/build-with-claude/vision and /pdf-support,
ai.google.dev/gemini-api/docs/file-input-methods and /document-processing, developers.openai.com/api/docs/
guides/images-vision and /file-inputs. Sizes are those of the files; a request carries them as base64, which
has four bytes for three.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ProviderName

MEGABYTE = 1_000_000
PDF: Final = "application/pdf"


@frozen
class Limits:
    """What one service takes. None: it sets no such limit. `gif`: that format as well.

    `image_bytes` count in base64 where `in_base64`. Where a request has more than `many` images, each may
    have `many_pixels` on a side, else `pixels`. `request_bytes` are those of the whole body.
    """

    pdf: bool = True
    gif: bool = True
    image_bytes: int | None = None
    in_base64: bool = False
    pixels: int | None = None
    many: int | None = None
    many_pixels: int | None = None
    images: int | None = None
    pages: int | None = None
    file_bytes: int | None = None
    request_bytes: int | None = None


_ANTHROPIC: Final = Limits(
    image_bytes=5 * 2**20,  # "image exceeds 5 MB maximum: … bytes > 5242880 bytes", which counts base64
    in_base64=True,
    pixels=8_000,
    many=20,
    many_pixels=2_000,
    images=100,  # 600 for models with a window of a million; the smaller one always holds
    pages=100,  # as above
    request_bytes=32 * MEGABYTE,
)

LIMITS: Final[Mapping[ProviderName, Limits]] = {
    "anthropic": _ANTHROPIC,
    "rehearsal": _ANTHROPIC,  # it is spoken to in that protocol
    # 100 MB in a request since January 2026 (blog.google: "Gemini API new file limits"); not every endpoint
    # says so, and the older 20 MB are taken by all.
    # /image-understanding: PNG, JPEG, WebP, HEIC and HEIF.
    "gemini": Limits(
        gif=False, images=3_600, pages=1_000, file_bytes=50 * MEGABYTE, request_bytes=20 * MEGABYTE
    ),
    "openai": Limits(
        images=500, image_bytes=20 * MEGABYTE, file_bytes=50 * MEGABYTE, request_bytes=50 * MEGABYTE
    ),
    # No Chat Completions server that people run themselves takes PDFs; images depend on the model.
    "compatible": Limits(pdf=False),
}

SMALLER: Final = "Make it smaller in an image editor, cut out what matters, or save it as JPEG."


def cannot_take(part: Attachment, provider: ProviderName) -> tuple[str, str]:
    """Why the service does not take this file, and what to do; both empty where it does."""
    limits = LIMITS[provider]
    if part.media_type == PDF:
        return _pdf_trouble(part, provider, limits)
    if not limits.gif and part.media_type == "image/gif":
        return f"{provider} takes no GIF images", "Save it as PNG, JPEG or WebP."
    size = encoded_size(part.size) if limits.in_base64 else part.size
    if limits.image_bytes is not None and size > limits.image_bytes:
        most = limits.image_bytes * 3 // 4 if limits.in_base64 else limits.image_bytes
        return f"{provider} takes images of at most {_mb(most)}, and it has {_mb(part.size)}", SMALLER
    if limits.pixels is not None and max(part.width, part.height) > limits.pixels:
        sides = f"{part.width:,} x {part.height:,} pixels"
        return f"{provider} takes at most {limits.pixels:,} pixels on a side, and it has {sides}", SMALLER
    return "", ""


def cannot_take_all(parts: Iterable[Attachment], provider: ProviderName) -> tuple[str, str]:
    """The same for all attachments of one request together."""
    limits, found = LIMITS[provider], tuple(parts)
    images = [part for part in found if part.media_type != PDF]
    fewer = "Send fewer at once, or start a new branch without the older ones."
    if limits.images is not None and len(images) > limits.images:
        return f"{provider} takes {limits.images} images in a request, and it would have {len(images)}", fewer
    pages = sum(part.pages for part in found)
    if limits.pages is not None and pages > limits.pages:
        return (
            f"{provider} takes {limits.pages:,} pages of PDFs in a request, and these have {pages:,}",
            fewer,
        )
    if limits.many is not None and limits.many_pixels is not None and len(images) > limits.many:
        large = [part for part in images if max(part.width, part.height) > limits.many_pixels]
        if large:
            most = f"{provider} takes at most {limits.many_pixels:,} pixels on a side where a request has"
            return f"{most} more than {limits.many} images, and {large[0].name} has more", SMALLER
    size = sum(encoded_size(part.size) for part in found)
    if limits.request_bytes is not None and size > limits.request_bytes:
        return f"{provider} takes {_mb(limits.request_bytes)} in a request, and these make {_mb(size)}", fewer
    return "", ""


def encoded_size(size: int) -> int:
    """Bytes of base64 for a file of `size` bytes."""
    return (size + 2) // 3 * 4


def _pdf_trouble(part: Attachment, provider: ProviderName, limits: Limits) -> tuple[str, str]:
    split = "Save only the pages that matter as a PDF of their own."
    if not limits.pdf:
        return (
            f"{provider} servers take no PDFs",
            "Choose another provider, or attach pictures of its pages or its text.",
        )
    if limits.file_bytes is not None and part.size > limits.file_bytes:
        return (
            f"{provider} takes PDFs of at most {_mb(limits.file_bytes)}, and it has {_mb(part.size)}",
            split,
        )
    if limits.pages is not None and part.pages > limits.pages:
        return f"{provider} takes PDFs of at most {limits.pages:,} pages, and it has {part.pages:,}", split
    return "", ""


def _mb(size: int) -> str:
    return f"{size / MEGABYTE:,.1f} MB" if size >= 100_000 else f"{size / 1000:,.0f} kB"
