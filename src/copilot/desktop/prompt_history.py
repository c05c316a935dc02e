"""What the person asked before, to be called back with Up and Down. No Dear PyGui here."""

from collections.abc import Iterable

from copilot.vocabulary.messages import CONTINUE, GO_ON, Discussion

RECENT = 2_000
"""Messages among which prompts are looked for: older ones may have to be read from files first."""


class PromptHistory:
    """Steps through prompts, the newest first; the draft under way waits and comes back."""

    def __init__(self) -> None:
        self._discussion = Discussion()
        self._sent: list[str] = []
        self._prompts: tuple[str, ...] = ()
        self._at: int | None = None
        self._draft = ""

    def learn(self, discussion: Discussion) -> None:
        """The prompts of all branches of a project."""
        self._discussion = discussion

    def sent(self, words: str) -> None:
        """One more was sent in this session; it may not be in the discussion yet."""
        if words.strip():
            self._sent.append(words)
        self.leave()

    @property
    def under_way(self) -> bool:
        """Whether a prompt that was called back stands in the box as it was."""
        return self._at is not None

    def older(self, draft: str) -> str | None:
        """The prompt before; `draft` is what stands in the box. None where there is none."""
        if self._at is None:
            self._prompts = tuple(dict.fromkeys((*reversed(self._sent), *prompts_of(self._discussion))))
            self._draft = draft
        at = 0 if self._at is None else self._at + 1
        if at >= len(self._prompts):
            return None
        self._at = at
        return self._prompts[at]

    def newer(self) -> str | None:
        """The prompt after, at last the draft that waits. None where none was called back."""
        if self._at is None:
            return None
        if self._at == 0:
            self._at = None
            return self._draft
        self._at -= 1
        return self._prompts[self._at]

    def draft(self) -> str:
        """The draft that waits; nothing is called back any more."""
        self._at = None
        return self._draft

    def leave(self) -> None:
        """The prompt was edited or sent: it is the draft now."""
        self._at = None


def prompts_of(discussion: Discussion) -> tuple[str, ...]:
    """What the person asked lately on all branches, the newest first, each once."""
    lately = discussion.messages[-RECENT:]
    newest = sorted((message for message in lately if message.role == "user"), key=lambda m: -m.at)
    return tuple(dict.fromkeys(words for words in _texts(m.text for m in newest)))


def _texts(texts: Iterable[str]) -> Iterable[str]:
    return (words for words in texts if words.strip() and words not in (CONTINUE, GO_ON))
