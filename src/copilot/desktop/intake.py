"""Files on their way into the composer: read, checked and kept waiting beside the main thread."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from copilot.desktop.clipboard import read_picture
from copilot.desktop.errands import Errands
from copilot.projects.attachments import AttachmentFolder
from copilot.tokens.attachment_limits import cannot_take
from copilot.vocabulary.errors import CopilotError
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.text import sentences
from copilot.vocabulary.values import ProviderName
from copilot.workspace.attaching import Attached, attachment_of, read_attachment

PASTED = "pasted.png"


@frozen
class Arrived:
    """What became of one file: an attachment, or why it is none."""

    part: Attachment | None = None
    trouble: str = ""


class Intake:
    """`then` hears on the main thread what became of each file; `provider` says who will answer next."""

    def __init__(
        self,
        errands: Errands,
        waiting: AttachmentFolder,
        provider: Callable[[], ProviderName],
        then: Callable[[Arrived], None],
    ) -> None:
        self._errands = errands
        self._waiting = waiting
        self._provider = provider
        self._then = then

    def add(self, paths: Iterable[Path]) -> None:
        """Attach files."""
        provider = self._provider()
        for path in paths:
            self._errands.add(lambda p=path: self._taken(lambda: read_attachment(p), provider), self._then)

    def add_picture(self) -> None:
        """Attach the picture in the clipboard."""
        provider = self._provider()

        def read() -> Arrived:
            data, trouble = read_picture(sys.platform, os.environ)
            return (
                self._taken(lambda: attachment_of(PASTED, data), provider)
                if data
                else Arrived(trouble=trouble)
            )

        self._errands.add(read, self._then)

    def _taken(self, read: Callable[[], Attached], provider: ProviderName) -> Arrived:
        try:
            attached = read()
            why, hint = cannot_take(attached.part, provider)
            if why:
                return Arrived(trouble=sentences(f"{attached.part.name} cannot be attached: {why}", hint))
            self._waiting.keep(attached.part, attached.data)
            self._waiting.forget_oldest()
        except CopilotError as error:
            return Arrived(trouble=sentences(str(error), error.hint))
        return Arrived(part=attached.part)
