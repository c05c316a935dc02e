"""*Always allow this*, in the terminal: a rule is proposed, shown with what it would match, and added."""

from collections.abc import Callable

from copilot.cli.paint import Paint
from copilot.cli.rule_words import proposal_lines
from copilot.vocabulary.approvals import ConfirmDialog
from copilot.vocabulary.commands import AddRule, Command, ProposeRule
from copilot.vocabulary.events import ApprovalRequested, Event, RuleAdded, RuleProposed
from copilot.vocabulary.frozen import frozen
from copilot.vocabulary.text import visible

Line = Callable[[str], str | None]
Say = Callable[[str], None]


@frozen
class Always:
    """`done` hands the worker a command and waits for what answers it."""

    done: Callable[[Command, str], Event]
    new_id: Callable[[], str]
    paint: Paint

    def offer(self, request: ApprovalRequested, line: Line, say: Say) -> bool:
        """Show what could be added and add what the person chose. True where a rule was added."""
        asked = self.new_id()
        say("  Looking for rules …\n")
        found = self.done(ProposeRule(request_id=asked, request=_dialog(request)), asked)
        if not isinstance(found, RuleProposed):
            return False
        for words in proposal_lines(found, self.paint):
            say(f"{words}\n")
        if not found.proposals:
            return False
        numbers = " or ".join(str(one + 1) for one in range(len(found.proposals)))
        chosen = (line(f"  Add rule {numbers} to config.toml and approve (Enter adds none): ") or "").strip()
        if not chosen.isdigit() or not 1 <= int(chosen) <= len(found.proposals):
            return False
        rule, named = found.proposals[int(chosen) - 1].rule, self.new_id()
        added = self.done(AddRule(request_id=named, rule=rule), named)
        if not isinstance(added, RuleAdded):
            return False
        say(f"  Added to config.toml as {visible(added.rule.name, keep='')!r}.\n")
        return True


def _dialog(request: ApprovalRequested) -> ConfirmDialog:
    return ConfirmDialog(
        request_id=request.request_id,
        turn_id=request.turn_id,
        branch=request.branch,
        call_id=request.call_id,
        tool=request.tool,
        detail=request.detail,
        why=request.why,
        rule=request.rule,
    )
