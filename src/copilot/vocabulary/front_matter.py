"""The lines between `---` at the head of a Markdown file: `key: value`, as commands and skills have them."""

from collections.abc import Iterator, Mapping

from copilot.vocabulary.frozen import field, frozen

_BLOCKS = (">", "|", ">-", "|-")


@frozen
class Page:
    """A Markdown file: the values of its head by their keys, and what follows."""

    body: str
    head: Mapping[str, str] = field(default_factory=dict[str, str])


def page_of(text: str) -> Page:
    """A file's head and body; one without a head is all body.

    Of YAML only what such files use: texts, quoted or not, on one line or as a block of indented lines.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if lines[0].rstrip() != "---":
        return Page(body=text)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if not end:
        return Page(body=text)
    return Page(body="\n".join(lines[end + 1 :]).lstrip("\n"), head=dict(_values(lines[1:end])))


def _values(lines: list[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines):
        key, colon, value = line.partition(":")
        if not colon or not key.strip() or key[0] in " \t#-":
            continue
        told = value.strip()
        if told in _BLOCKS:
            yield key.strip(), " ".join(_indented(lines[number + 1 :]))
        else:
            yield key.strip(), _unquoted(told)


def _indented(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if line[:1] not in ("", " ", "\t"):
            return
        if line.strip():
            yield line.strip()


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
