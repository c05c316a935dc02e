"""A request looked at before it is sent: the same path as a turn's first round, up to the wire."""

import sys

from copilot.ai.branch_view import seen_by, tools_on
from copilot.ai.cache_break import cache_break, difference
from copilot.ai.history import Pruned
from copilot.ai.kit import Kit
from copilot.ai.request import Fit, make_request
from copilot.ai.request_files import layout_of
from copilot.ai.turn import gather_context, parts_of_user, user_text
from copilot.ai.xray import xray
from copilot.providers.base import Cancelled, Request
from copilot.record.attachment_marks import marked
from copilot.tokens.attachments import attachment_tokens
from copilot.vocabulary.commands import CountTokens, PreviewRequest
from copilot.vocabulary.errors import ContextTooLongError, CopilotError, TurnCancelledError
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.messages import Message, attachments_of
from copilot.vocabulary.text import clean, sentences, without_keys

NO_MESSAGE = "There is no message yet, so nothing can be sent."


def preview(command: PreviewRequest, kit: Kit, cancelled: Cancelled) -> RequestPreviewed:
    """Make the request, write it down, compare it with the last one sent on its branch.

    Raises ProjectError, StorageError or TurnCancelledError; what keeps a request from being made otherwise
    is told as the event's `trouble`.
    """
    project, model = seen_by(command.project, command.branch, kit), command.model
    md_content, built = gather_context(kit, project, command.branch, model, cancelled, command.user_message)
    request, fit, trouble = request_of(command, kit, md_content)
    body, trouble = _body(request, kit, cancelled, trouble)

    attached = {
        part.sha256: attachment_tokens(part, model.provider) for part in attachments_of(request.messages)
    }

    def tokens(text: str) -> int:
        return kit.estimate(text, model) + sum(attached.get(one, 0) for one in marked(text))

    seen = xray(request, body, layout_of(md_content, built, kit.keys), tokens)
    files = kit.last_sent.files
    before = kit.last_sent.last(project.name, command.branch)
    body_path, text_path = files.keep(seen)
    cost = kit.spending.bounds(request, fit.tokens, lambda text: kit.estimate(text, model))
    return RequestPreviewed(
        at=kit.clock(),
        worker=kit.name,
        request_id=command.request_id,
        branch=command.branch,
        model=model,
        sha256="" if seen.body is None else seen.body.sha256,
        body_path=str(body_path or ""),
        text_path=str(text_path),
        tokens=sum(section.tokens for section in seen.sections),
        sections=seen.sections,
        changed=cache_break(before, seen, tokens) if before else None,
        diff=without_keys(difference(before, seen), kit.keys) if before else "",
        trouble=trouble,
        left_out=fit.left_out,
        least_usd=None if cost is None else cost.least,
        most_usd=None if cost is None else cost.most,
    )


def request_of(
    command: PreviewRequest | CountTokens, kit: Kit, md_content: str
) -> tuple[Request, Pruned, str]:
    """The request, what of the branch is in it, and why it cannot be sent; no message where it is empty."""
    history = command.project.discussion.path(command.branch)
    text = user_text(command.user_message, kit.keys)
    parts = parts_of_user(command.attachments, text)
    asked = Message(id="", parent=None, role="user", parts=parts, at=0.0)
    messages = (*history, asked) if parts else history

    limits = command.project.limits

    tools = tools_on(history, command.project, kit).specs

    def made(limit: int) -> tuple[Request, Pruned]:
        fit = Fit(
            output_characters=limits.output_characters,
            estimate=lambda text: kit.estimate(text, command.model),
            prompt_limit=limit,
            held=frozenset(command.project.discussion.held),
            attached=kit.attachments,
        )
        return make_request(kit.windows.answering(command.model), md_content, tools, messages, fit)

    try:
        return *made(kit.windows.limit(command.model, limits)), "" if messages else NO_MESSAGE
    except ContextTooLongError as error:
        return *made(sys.maxsize), str(error)


def _body(request: Request, kit: Kit, cancelled: Cancelled, trouble: str) -> tuple[bytes | None, str]:
    """The serialised request, or why there is none."""
    if trouble:
        return None, trouble
    try:
        return kit.provider(request.model).preview(request, cancelled), ""
    except TurnCancelledError:
        raise
    except CopilotError as error:
        return None, without_keys(clean(sentences(str(error), error.hint)), kit.keys)
