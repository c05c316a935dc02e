"""`ProjectChanged` without the messages that its reader has already: what logs and pipes carry."""

from copilot.vocabulary.events import ProjectChanged
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import with_added


def bare(event: ProjectChanged) -> ProjectChanged:
    """The event with no messages but `added`."""
    discussion = replace(event.project.discussion, messages=Messages())
    return replace(event, project=replace(event.project, discussion=discussion))


def whole(event: ProjectChanged, before: Messages) -> ProjectChanged:
    """The event as it was, given the messages that were there before it; itself where nothing is missing."""
    discussion = event.project.discussion
    if discussion.messages:
        return event
    discussion = replace(discussion, messages=with_added(before, event.added))
    return replace(event, project=replace(event.project, discussion=discussion))
