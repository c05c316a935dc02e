"""Telling what of a project asks to be trusted."""

from copilot.ai.kit import Kit
from copilot.ai.trust_book import TrustBook
from copilot.vocabulary.events import TrustAsked
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.text import without_keys
from copilot.vocabulary.trusts import TrustItem
from copilot.vocabulary.values import Project
from copilot.workspace.instructions import MOST_BYTES


def tell_trust(kit: Kit, project: Project) -> TrustAsked:
    """Everything, as it is now."""
    trust: TrustBook = kit.trust
    return _told(kit, project, trust.news(project) or trust.items(project))


def trust_news(kit: Kit, project: Project) -> TrustAsked | None:
    """The same, where it differs from what was told last; None where it does not."""
    items = kit.trust.news(project)
    return None if items is None else _told(kit, project, items)


def _told(kit: Kit, project: Project, items: tuple[TrustItem, ...]) -> TrustAsked:
    return TrustAsked(
        at=kit.clock(),
        worker=kit.name,
        base_dir=project.base_dir,
        items=tuple(
            replace(one, text=without_keys(one.text, kit.keys), diff=without_keys(one.diff, kit.keys))
            for one in items
        ),
        budget=MOST_BYTES,
        commands=tuple(
            replace(one, about=without_keys(one.about, kit.keys)) for one in kit.trust.commands(project)
        ),
        assistants=tuple(
            replace(
                one,
                about=without_keys(one.about, kit.keys),
                instructions=without_keys(one.instructions, kit.keys),
            )
            for one in kit.trust.assistants(project)
        ),
    )
