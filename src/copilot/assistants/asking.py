"""The tool by which one assistant hands a task to another."""

from collections.abc import Sequence
from typing import Annotated

from copilot.ai.assisting import Hand
from copilot.tools.argument import Argument
from copilot.tools.context import ToolContext
from copilot.tools.schema import Tool, tool
from copilot.vocabulary.assistants import Assistant
from copilot.vocabulary.diffs import told_change
from copilot.vocabulary.errors import ToolError
from copilot.vocabulary.text import holds_key, visible

NAME = "ask_assistant"


def asking_tool(others: Sequence[Assistant], hand: Hand) -> Tool:
    """The tool of one turn. It changes nothing by itself, so that the tools of whoever is asked can; but each
    task goes through the gate."""

    def ask_assistant(
        ctx: ToolContext,
        *,
        assistant: Annotated[str, Argument(description="The name of the assistant.", min_length=1)],
        task: Annotated[
            str,
            Argument(description="The whole task, in plain words.", min_length=1, max_length=20_000),
        ],
    ) -> str:
        """Hand a task to another assistant and wait for its answer.

        It sees the project's files and your task, and nothing else of this discussion: say all that it needs.
        """
        found = next((one for one in others if one.name == assistant), None)
        if found is None:
            names = ", ".join(one.name for one in others)
            raise ToolError(
                f"there is no assistant {visible(assistant, keep='')[:80]!r} to ask.", f"There is: {names}."
            )
        _refuse_keys(ctx, task)
        approved = ctx.approve(hand.request(found, task))
        _refuse_keys(ctx, approved.task)
        change = told_change("this task before it was handed over", task, approved.task)
        return change + hand.over(found, approved.task)

    return tool(ask_assistant, gated=False, name=NAME, note=f"There is: {_listed(others)}.")


def _listed(others: Sequence[Assistant]) -> str:
    told = (f"{one.name} ({one.about.rstrip('.')})" if one.about else one.name for one in others)
    return "; ".join(told)


def _refuse_keys(ctx: ToolContext, text: str) -> None:
    if holds_key(text, ctx.keys):
        raise ToolError("it holds one of the person's keys; nothing was handed over.")
