"""What a run will ask and cost at least and at most, before anything is sent."""

from collections.abc import Callable, Sequence

from copilot.documents.asking import ANSWER_TOKENS, Question
from copilot.documents.prompts import FOLDER_PROMPT
from copilot.documents.working import Work
from copilot.tokens.charging import Bounds, bounds
from copilot.tokens.prices import Price
from copilot.vocabulary.frozen import frozen

_ENTRY_LEAST, _ENTRY_MOST = 30, 450
"""Tokens that a folder is told of a part that is not documented yet."""
_ANSWER_LEAST = 100
_MEND_TOKENS = 400
"""What is said of wrong statements, at most about."""


@frozen
class Plan:
    """Requests, tokens of their prompts and answers, and USD; None where no price is known.

    `files` and `folders` are those asked about, `known` those that are kept from before.
    """

    files: int
    folders: int
    known: int
    requests_least: int = 0
    requests_most: int = 0
    input_least: int = 0
    input_most: int = 0
    output_least: int = 0
    output_most: int = 0
    usd: Bounds | None = None

    @property
    def nothing(self) -> bool:
        """Whether all is known."""
        return not self.requests_most


def plan(work: Work, price: Price | None, tokens: Callable[[Question], int]) -> Plan:
    """The plan of `work`, which has looked. At most: each answer is sent back once."""
    least: list[int] = []
    most: list[int] = []
    folders = {folder.path: folder for folder in work.folders}
    files = 0
    for path, question in work.missing.items():
        if question is not None:
            files += path not in folders
            count = tokens(question)
            pieces = work.pieces(path)
            least.append(count)
            most += [count] * max(1, len(pieces))
            if len(pieces) > 1:
                most.append(work.estimate(FOLDER_PROMPT) + len(pieces) * _ENTRY_MOST)
        elif path in folders:
            short, long = _of_folder(work, path)
            least.append(short)
            most += long
    requests = len(least) + 0
    back = [count + ANSWER_TOKENS + _MEND_TOKENS for count in most]
    priced = None
    if price is not None:
        low = [bounds(price, count, count, ANSWER_TOKENS) for count in least]
        high = [bounds(price, count, count, ANSWER_TOKENS) for count in (*most, *back)]
        priced = Bounds(least=sum(one.least for one in low), most=sum(one.most for one in high))
    asked = sum(1 for path in work.missing if path in folders)
    return Plan(
        files=files,
        folders=asked,
        known=len(work.outcome.texts),
        requests_least=requests,
        requests_most=2 * len(most),
        input_least=sum(least),
        input_most=sum(most) + sum(back),
        output_least=_ANSWER_LEAST * requests,
        output_most=ANSWER_TOKENS * 2 * len(most),
        usd=priced,
    )


def plan_batch(
    questions: Sequence[Question], price: Price | None, tokens: Callable[[Question], int], share: float
) -> Plan:
    """The plan of questions that go into batches, each asked once, at a `share` of the price."""
    counts = [tokens(question) for question in questions]
    priced = None
    if price is not None:
        each = [bounds(price, count, count, ANSWER_TOKENS) for count in counts]
        priced = Bounds(
            least=share * sum(one.least for one in each), most=share * sum(one.most for one in each)
        )
    return Plan(
        files=len(counts),
        folders=0,
        known=0,
        requests_least=len(counts),
        requests_most=len(counts),
        input_least=sum(counts),
        input_most=sum(counts),
        output_least=_ANSWER_LEAST * len(counts),
        output_most=ANSWER_TOKENS * len(counts),
        usd=priced,
    )


def _of_folder(work: Work, path: str) -> tuple[int, list[int]]:
    """Tokens of a folder's one request at least, and of all its requests at most."""
    folder = next(one for one in work.folders if one.path == path)
    prompt = work.estimate(FOLDER_PROMPT)
    known = [work.told(entry) for entry in folder.entries if entry not in work.missing]
    sure = sum(work.estimate(text) for text in known)
    unsure = len(folder.entries) - len(known)
    long = sure + unsure * _ENTRY_MOST
    parts = -(-long // work.part_tokens)
    if parts == 1:
        return prompt + sure + unsure * _ENTRY_LEAST, [prompt + long]
    pieces = max(parts, len(folder.entries) // 24)
    each = [prompt + long // pieces] * pieces
    return prompt + sure + unsure * _ENTRY_LEAST, [*each, prompt + pieces * _ENTRY_MOST]
