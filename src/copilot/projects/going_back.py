"""A branch taken back to one of its messages, with the line as it was kept beside it. Pure functions."""

from copilot.projects.branching import known, numbered, path_of
from copilot.vocabulary.errors import ProjectError
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion


def end_of(discussion: Discussion, branch: str, message: str) -> int:
    """Where on the branch's path one goes back to: the message, with the results of the calls it makes.

    Raises ProjectError.
    """
    path = path_of(discussion, branch)
    at = path.place(message)
    if at is None:
        raise ProjectError(f"there is no message {message!r} on the branch {branch!r}")
    if path[at].calls and at + 1 < len(path) and path[at + 1].results:
        return at + 1
    return at


def gone_back(discussion: Discussion, branch: str, message: str) -> Discussion:
    """The branch with the message as its last; what stood behind it stays as a branch of its own.

    Raises ProjectError.
    """
    path = path_of(discussion, branch)
    end = end_of(discussion, branch, message)
    if end == len(path) - 1:
        return discussion
    here = known(discussion, branch)
    line = Branch(name=numbered(discussion, f"{branch}, before"), tip=path[-1].id)
    back = replace(discussion.branches[here], tip=path[end].id)
    branches = (*discussion.branches[:here], back, line, *discussion.branches[here + 1 :])
    return replace(discussion, branches=branches)
