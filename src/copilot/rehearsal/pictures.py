"""Images and PDFs in a request, checked as the services check them: real base64, of what it says it is.

What is checked is replaced by its hash in what the rehearsal remembers, so that a picture weighs a few tokens
there, not as many as its base64 has characters.
"""

import re
from base64 import b64decode
from binascii import Error
from hashlib import sha256

from copilot.rehearsal.asked import JsonObject, Refusal, as_object, as_text
from copilot.vocabulary.messages import JsonValue
from copilot.workspace.media import Media, MediaError, look

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
PDF = "application/pdf"

_DATA_URL = re.compile(r"data:([a-z]+/[a-z+.-]+);base64,(.*)", re.DOTALL)
_CLAUDE_BYTES, _CLAUDE_PIXELS, _CLAUDE_PAGES = 5 * 2**20, 8_000, 600


def of_anthropic(block: JsonObject, place: str) -> JsonObject:
    """An `image` or `document` block, its data replaced. Raises Refusal."""
    kind = str(block["type"])
    source = as_object(block.get("source"), f"{place}.{kind}.source")
    if source.get("type") != "base64":
        raise Refusal(f"{place}.{kind}.source: only 'base64' is rehearsed, not {source.get('type')!r}")
    if unknown := set(source) - {"type", "media_type", "data"}:
        raise Refusal(f"{place}.{kind}.source.base64.{min(unknown)}: Extra inputs are not permitted")
    said = str(source.get("media_type"))
    if said not in ((PDF,) if kind == "document" else PICTURES):
        raise Refusal(f"{place}.{kind}.source.base64.media_type: Input should be another one than {said!r}")
    text = as_text(source.get("data"), f"{place}.{kind}.source.base64.data")
    if kind == "image" and len(text) > _CLAUDE_BYTES:
        sizes = f"{len(text)} bytes > {_CLAUDE_BYTES} bytes"
        raise Refusal(f"{place}.image.source.base64: image exceeds 5 MB maximum: {sizes}")
    media, hashed = _seen(said, text, f"{place}.{kind}.source.base64")
    if max(media.width, media.height) > _CLAUDE_PIXELS:
        words = "At least one of the image dimensions exceed max allowed size"
        raise Refusal(f"{place}.image: {words}: {_CLAUDE_PIXELS} pixels")
    if media.pages > _CLAUDE_PAGES:
        raise Refusal(f"{place}.document: A maximum of {_CLAUDE_PAGES} PDF pages may be provided.")
    return {**block, "source": {**source, "data": hashed}}


def of_gemini(value: JsonObject, where: str) -> JsonObject:
    """The object under `inlineData`, its data replaced. Raises Refusal."""
    said = as_text(value.get("mimeType"), f"{where}.mime_type")
    if said not in ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif", PDF):
        raise Refusal(f"Unsupported MIME type: {said}")
    text = as_text(value.get("data"), f"{where}.data").replace("-", "+").replace("_", "/")
    return {**value, "data": _seen(said, text, where)[1]}


def of_openai(part: JsonObject, where: str) -> JsonObject:
    """An `input_image` or `input_file` part, its data replaced. Raises Refusal."""
    if part["type"] == "input_image":
        if part.get("detail") not in ("auto", "low", "high", "original"):
            raise Refusal(f"Missing required parameter: '{where}.detail'.", param=f"{where}.detail")
        return {**part, "image_url": _data_url(part.get("image_url"), PICTURES, f"{where}.image_url")}
    as_text(part.get("filename"), f"{where}.filename")
    return {**part, "file_data": _data_url(part.get("file_data"), (PDF,), f"{where}.file_data")}


def of_compatible(part: JsonObject, where: str) -> JsonObject:
    """An `image_url` part, its data replaced. Raises Refusal for all others: these servers know no files."""
    if part.get("type") != "image_url":
        raise Refusal(f"Invalid content type {part.get('type')!r}: expected 'image_url'.", param=where)
    where = f"{where}.image_url"
    image = as_object(part.get("image_url"), where)
    return {**part, "image_url": {**image, "url": _data_url(image.get("url"), PICTURES, f"{where}.url")}}


def _data_url(value: JsonValue, types: tuple[str, ...], where: str) -> str:
    found = _DATA_URL.fullmatch(as_text(value, where))
    if found is None:
        raise Refusal(
            f"Invalid '{where}'. Expected a base64-encoded data URL with a MIME type.",
            param=where,
            code="invalid_value",
        )
    if found[1] not in types:
        raise Refusal(f"Invalid MIME type {found[1]!r} in '{where}'.", param=where, code="invalid_value")
    return _seen(found[1], found[2], where)[1]


def _seen(said: str, text: str, where: str) -> tuple[Media, str]:
    """What the base64 holds, and its hash. Raises Refusal where it is not what was said."""
    try:
        data = b64decode(text, validate=True)
        media = look(data)
    except (Error, MediaError) as error:
        raise Refusal(f"{where}: Could not process image or document: {error}", param=where) from error
    if media.media_type != said:
        raise Refusal(
            f"{where}: The file was specified using the {said} media type, but it appears to be "
            f"{media.media_type}",
            param=where,
        )
    return media, sha256(data).hexdigest()
