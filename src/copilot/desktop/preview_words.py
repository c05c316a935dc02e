"""Previews of what waits for approval, as the dialog knows and words them. No Dear PyGui here."""

from copilot.vocabulary.confinement import Fence
from copilot.vocabulary.events import PreviewEnded, PreviewReady, PreviewStarted
from copilot.vocabulary.frozen import frozen

PreviewNews = PreviewStarted | PreviewReady | PreviewEnded


@frozen
class FenceChoice:
    """A way to run: its label, a sentence on it, and what the decision then says."""

    label: str
    tip: str
    confined: bool
    network: bool


CHOICES = (
    FenceChoice(
        label="Confined",
        tip="It can write in the project and a private temp folder only, without network.",
        confined=True,
        network=False,
    ),
    FenceChoice(
        label="With network",
        tip="Confined in the same way, but for this run the network is on.",
        confined=True,
        network=True,
    ),
    FenceChoice(
        label="Not confined",
        tip="For this run nothing stands in its way: it can do whatever you can.",
        confined=False,
        network=True,
    ),
)


def choices_of(fence: Fence, *, afar: bool = False) -> tuple[FenceChoice, ...]:
    """The ways to run that there are. On a server (`afar`) only the one that is proposed, which is the
    server's, or a stricter one."""
    if not fence.here.files:
        return ()
    if afar:
        there = CHOICES if fence.here.network else CHOICES[1:]
        return tuple(one for one in there if one.confined and (fence.network or not one.network))
    return CHOICES if fence.here.network else CHOICES[1:]


def chosen_of(fence: Fence) -> FenceChoice:
    """The way that is proposed."""
    if not fence.confined:
        return CHOICES[2]
    return CHOICES[1] if fence.network else CHOICES[0]


def news(known: tuple[PreviewNews, ...], event: PreviewNews) -> tuple[PreviewNews, ...]:
    """The newest word on each request's preview."""
    return (*(one for one in known if one.request_id != event.request_id), event)


def headline(event: PreviewReady) -> str:
    """How it went, in one line."""
    code = "it was ended" if event.exit_code is None else f"exit code {event.exit_code}"
    number = len(event.changes)
    changed = "changes nothing" if not number else "1 change" if number == 1 else f"{number:,} changes"
    return f"{code} after {event.seconds:.1f} s, {changed}"
