"""The turn loop: `send → round → stream → run tools → round` (DESIGN 3).

The world comes in through the constructor, so that a test hands in a list and lambdas. Nothing here knows a
window, a terminal, a disk or a concrete provider.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from copilot.ai.history import PROMPT_LIMIT_TOKENS, Pruned
from copilot.ai.keyless import said as said_of
from copilot.ai.meanwhile import Meanwhile
from copilot.ai.request import Fit, make_request
from copilot.ai.retry import Attempts
from copilot.ai.stops import MALFORMED_HINT, goes_on
from copilot.ai.too_long import not_shorter, smaller_limit, still_too_long
from copilot.ai.tool_runner import ToolRunner
from copilot.ai.turn_spending import Sending, TurnSpending
from copilot.ai.voice import Voice
from copilot.ai.weight import Estimate, Weights
from copilot.context.aggregate import files_markdown, reread
from copilot.projects.attachments import Attachments
from copilot.providers.base import (
    Done,
    Grown,
    NoticeChunk,
    Patience,
    Provider,
    Request,
    StopReason,
    TextChunk,
    ThinkingChunk,
)
from copilot.storage.redaction import keyless_stream
from copilot.vocabulary.errors import ContextTooLongError, ProviderError, TurnCancelledError
from copilot.vocabulary.events import (
    FilesRefreshed,
    HistoryPruned,
    MessageKept,
    QueuedMessage,
    RequestSent,
    TextDelta,
    ThinkingDelta,
    ToolCallRequested,
    TurnFinished,
    UsageReported,
)
from copilot.vocabulary.frozen import field, mutable, replace
from copilot.vocabulary.message_runs import Messages
from copilot.vocabulary.messages import FileRefresh, Message, Part, Role, Text
from copilot.vocabulary.text import clean, without_keys
from copilot.vocabulary.values import FileItem, ModelChoice

Items = tuple[FileItem, ...]
REFRESH_MARK = "[FILES UPDATED]"


def _nothing(number: int, request: Request, done: Done, began: float, ended: float) -> None:
    del number, request, done, began, ended


def _nobody(say: Callable[[QueuedMessage], None]) -> None:
    del say


@mutable(kw_only=True)
class ChatSession:
    """One branch, ready for one turn.

    `history` ends before the turn's user message and grows as messages are kept; `keep` puts each on disk
    before the event that shows it, `keep_soon` has it safe from a kill, and on the medium before it is shown.
    `prompt_limit` is in estimated tokens, `output_characters` the length above which tool outputs of earlier
    turns are shortened; `held` messages are left out last. `learn` is told of each request what it was
    estimated at and what the provider counted, in tokens, and may give a smaller limit; `answered` of each
    round that was, while the service thinks about the next one (`meanwhile`). `spending` knows of each
    request before it leaves.
    `say_waiting` is handed what keeps a message, and calls it with each that waits to be said: behind the
    results of tools, and at once where the turn began with a message that had `waited`. Messages are kept
    with the name of the `assistant`.
    """

    model: ModelChoice
    provider: Provider
    runner: ToolRunner
    voice: Voice
    keep: Callable[[Message], None]
    keep_soon: Callable[[Message], None]
    cancelled: Callable[[], bool]
    new_id: Callable[[], str]
    estimate: Estimate
    learn: Callable[[int, int], int | None]
    history: Messages | tuple[Message, ...]
    max_tool_rounds: int
    output_characters: int
    prompt_limit: int = PROMPT_LIMIT_TOKENS
    attached: Attachments | None = None
    held: frozenset[str] = frozenset()
    attempts: Attempts
    patience: Patience = field(default_factory=Patience)
    spending: TurnSpending
    say_waiting: Callable[[Callable[[QueuedMessage], None]], None] = _nobody
    waited: bool = False
    assistant: str = ""
    answered: Callable[[int, Request, Done, float, float], None] = _nothing
    meanwhile: Meanwhile = field(default_factory=Meanwhile)
    partial_text: str = field(default="", init=False)
    _stop: StopReason = field(default="end", init=False)
    _goes_on: bool = field(default=False, init=False)
    _hinted: bool = field(default=False, init=False)
    _left_out: tuple[tuple[str, ...], int] = field(default=((), 0), init=False)
    _sending: Sending = field(init=False)
    _weights: Weights = field(init=False)
    _since: str = field(default="", init=False)
    _grown: Grown = field(default_factory=Grown, init=False)

    def __post_init__(self) -> None:
        self._weights = Weights(self.model, self.estimate)

    def send(self, md_content: str, user_message: Message, base_dir: Path, file_items: Items) -> None:
        """Answer `user_message`, which is already kept. The last event is `TurnFinished`.

        `md_content` is the cacheable prefix: system prompt and files. Raises ProviderError or
        TurnCancelledError; what was said until then is kept.
        """
        self.history += (user_message,)
        self._since = user_message.id
        try:
            self._rounds(md_content, base_dir, file_items)
        finally:
            self.meanwhile.catch_up()

    def _rounds(self, md_content: str, base_dir: Path, file_items: Items) -> None:
        sent = file_items
        text = ""
        for number in range(1, self.max_tool_rounds + 1):
            if not self._goes_on and (number > 1 or self.waited):
                self.say_waiting(self._say)
            before = self._stop
            reply = self._round(number, md_content)
            text = text + reply.text if before == "paused" else reply.text or text
            if self._goes_on:
                continue
            if not reply.calls:
                return self._finish(text, number, "answered")
            file_items = self._run_tools(reply, base_dir, sent, file_items)
        return self._finish(text, self.max_tool_rounds, "round_limit")

    def _say(self, waiting: QueuedMessage) -> None:
        """Keep what the person typed meanwhile as the next message; every call before it has its result."""
        parts = (*waiting.attachments, *((Text(text=waiting.text),) if waiting.text.strip() else ()))
        message = replace(self._message("user", parts), id=waiting.message_id)
        self.keep(message)
        self._show(message)

    def _round(self, number: int, md_content: str) -> Message:
        """One request: stream it, keep the reply, report what it used."""
        request, fit = self._request(number, md_content)
        started = time.monotonic()
        try:
            done = self._stream(request, fit.tokens)
        except ContextTooLongError as error:
            request, fit = self._shorter(number, md_content, error, fit)
            started = time.monotonic()
            try:
                done = self._stream(request, fit.tokens)
            except ContextTooLongError as again:
                raise still_too_long(again, fit) from again
        seconds = time.monotonic() - started
        reply = self._keep_reply(done)
        self.voice.say(
            UsageReported,
            round=number,
            usage=done.usage,
            seconds=seconds,
            sha256=done.sent_sha256,
            usd=self._sending.usd,
        )
        now = self.voice.clock()
        self.meanwhile.add(partial(self.answered, number, request, done, now - seconds, now))
        if not request.holds_attachments:  # pictures have rules of their own
            self.prompt_limit = self.learn(fit.tokens, done.usage.input_tokens) or self.prompt_limit
        hinted, self._hinted = self._hinted, done.stop == "malformed"
        self._goes_on = goes_on(done, self.voice, hinted=hinted)
        self._stop = done.stop
        return reply

    def _shorter(
        self, number: int, md_content: str, error: ContextTooLongError, fit: Pruned
    ) -> tuple[Request, Pruned]:
        """The request with less in it, since the service found it too long: it alone is sent again."""
        if self.partial_text:
            raise error
        self.prompt_limit = smaller_limit(str(error), fit.tokens)
        try:
            shorter = self._request(number, md_content)
        except ContextTooLongError as ours:
            raise not_shorter(error, ours) from error
        self.voice.warn("The service found the request too long. It is sent once more with less in it.")
        return shorter

    def _request(self, number: int, md_content: str) -> tuple[Request, Pruned]:
        """What is sent, and what of the branch is in it."""
        within = Fit(
            output_characters=self.output_characters,
            prompt_limit=self.prompt_limit,
            estimate=self.estimate,
            held=self.held,
            attached=self.attached,
            weights=self._weights,
            since=self._since,
        )
        tools = self.runner.world.tools.specs
        request, fit = make_request(self.model, md_content, tools, self.history, within)
        self._tell_left_out(fit)
        hint = (self._message("user", (Text(text=MALFORMED_HINT),)),) if self._hinted else ()
        request = replace(
            request,
            messages=(*request.messages, *hint),
            patience=self.patience,
            grown=self._grown,
            meanwhile=self.meanwhile.while_waiting,
        )
        self._sending = self.spending.before(request, fit.tokens, number)
        self.voice.say(
            RequestSent,
            round=number,
            messages=len(fit.messages),
            characters=len(md_content) + self._weights.characters(fit.messages),
            tokens=fit.tokens,
            least_usd=self._sending.least_usd,
            most_usd=self._sending.most_usd,
        )
        return request, fit

    def _tell_left_out(self, fit: Pruned) -> None:
        """Say what is not sent, where that is news in this turn."""
        now = (fit.left_out, fit.squeezed)
        if now == self._left_out:
            return
        self._left_out = now
        self.voice.say(
            HistoryPruned,
            dropped=len(fit.left_out),
            tokens=fit.tokens,
            messages=fit.left_out,
            shortened=fit.shortened,
            stripped=fit.stripped,
        )

    def _stream(self, request: Request, tokens: int) -> Done:
        """Show text and thinking as they come; keep as partial what was shown before a stop or a failure."""
        self.partial_text = ""
        keys = self.runner.world.keys
        said, thought = keyless_stream(keys), keyless_stream(keys)
        try:
            start = partial(self._sending.stream, lambda: self.provider.stream(request, self.cancelled))
            for chunk in self.attempts.stream(start, tokens):
                self.meanwhile.check()
                match chunk:
                    case TextChunk(text=text):
                        self._stream_text(said.feed(clean(text)), shown=not text)
                    case ThinkingChunk(text=text):
                        self._stream_text(said.flush())
                        if (words := thought.feed(clean(text))) or not text:
                            self.voice.say(ThinkingDelta, text=words)
                    case NoticeChunk(level=level, text=text):
                        self.voice.note(level, without_keys(clean(text), keys))
                    case Done():
                        if words := thought.flush():
                            self.voice.say(ThinkingDelta, text=words)
                        self._stream_text(said.flush())
                        return chunk
        except (ProviderError, TurnCancelledError):
            self._stream_text(said.flush())
            if self.partial_text:
                self._keep("assistant", (Text(text=without_keys(self.partial_text, keys)),), partial=True)
            raise
        finally:
            self._sending.close()
        raise AssertionError("a provider's stream ended without Done and without an error")

    def _stream_text(self, text: str, *, shown: bool = False) -> None:
        """A piece of the answer; without any text only where it is to be `shown` all the same."""
        if text or shown:
            self.partial_text += text
            self.voice.say(TextDelta, text=text)

    def _run_tools(self, reply: Message, base_dir: Path, sent: Items, tracked: Items) -> Items:
        """Run the calls in order; keep each result before it is shown; read the tracked files again."""
        message = self._results(reply)
        now = self._reread_file_items(tracked, base_dir)
        if now != tracked:
            differing = _differing(sent, now)
            message = replace(message, parts=(*message.parts, self._refresh_block(differing)))
            self.keep(message)
            self.voice.say(FilesRefreshed, paths=tuple(item.path for item in differing))
        self._show(message)
        if self.cancelled():
            raise TurnCancelledError("stopped while tools ran")
        return now

    def _results(self, reply: Message) -> Message:
        """Run the calls; each has its end told, also where a result cannot be kept and the turn fails."""
        for call in reply.calls:
            self.voice.say(ToolCallRequested, call_id=call.call_id, name=call.name, arguments=call.arguments)
        message = self._message("tool", ())
        unanswered = list(reply.calls)
        try:
            for call in reply.calls:
                brief = self.runner.world.tools.brief(call.name)
                if not brief:
                    self.meanwhile.catch_up()  # others may ask what was spent until then
                result, finished = self.runner.run(call)
                message = replace(message, parts=(*message.parts, result))
                (self.keep_soon if brief else self.keep)(message)
                unanswered.remove(call)
                self.voice.emit(finished)
        finally:
            for call in unanswered:
                self.voice.emit(self.runner.lost(call))
        return message

    def _reread_file_items(self, tracked: Items, base_dir: Path) -> Items:
        """The tracked files as they are on disk; only those whose size or time changed are read again."""
        now = reread(tracked, base_dir)
        for item in now:
            if item.view == "full" and not item.note:
                self.runner.world.seen.known[item.path] = item.sha256
        return now

    def _refresh_block(self, differing: Items) -> FileRefresh:
        """What the model is told of the files that differ from the context that was sent."""
        body = files_markdown(differing) if differing else "All files are again as in the context above.\n"
        return FileRefresh(text=f"{REFRESH_MARK}\n\n{without_keys(body, self.runner.world.keys)}")

    def _keep_reply(self, done: Done) -> Message:
        """Keep what was said; a reply of nothing but a call that cannot be read leaves no message."""
        parts = said_of(done, self.runner.world.keys)
        if done.stop == "malformed" and not parts:
            return self._message("assistant", ())
        return self._keep("assistant", parts, partial=done.stop in ("max_tokens", "malformed"))

    def _keep(self, role: Role, parts: tuple[Part, ...], *, partial: bool = False) -> Message:
        message = self._message(role, parts, partial=partial)
        brief = self.runner.world.tools.brief
        soon = message.calls and all(brief(call.name) for call in message.calls)
        (self.keep_soon if soon else self.keep)(message)
        self._show(message)
        return message

    def _message(self, role: Role, parts: tuple[Part, ...], *, partial: bool = False) -> Message:
        ours = role == "assistant"
        return Message(
            id=self.new_id(),
            parent=self.history[-1].id,
            role=role,
            parts=parts,
            at=self.voice.clock(),
            provider=self.provider.name if ours else "",
            model=self.model.model if ours else "",
            partial=partial,
            assistant=self.assistant,
        )

    def _show(self, message: Message) -> None:
        self.history += (message,)
        voice = self.voice
        voice.emit(MessageKept(at=voice.clock(), worker=voice.worker, branch=voice.branch, message=message))

    def _finish(self, text: str, rounds: int, reason: Literal["answered", "round_limit"]) -> None:
        if reason == "round_limit":
            self.voice.warn(
                f"The turn reached its limit of {rounds} {'round' if rounds == 1 else 'rounds'}. "
                "Nothing was lost: another message goes on from here."
            )
        self.meanwhile.catch_up()
        rejections = self.runner.rejections
        self.voice.say(TurnFinished, text=text, rounds=rounds, reason=reason, rejections=rejections)


def _differing(sent: Items, now: Items) -> Items:
    """Every tracked file that differs from the context that was sent, at its own view."""
    before = {item.path: item for item in sent}
    return tuple(item for item in now if before.get(item.path) != item)
