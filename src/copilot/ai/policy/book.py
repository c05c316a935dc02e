"""The rules that count now, made ready once for all requests of a project. From any thread."""

import threading
from collections.abc import Callable, Collection

from copilot.ai.policy.checking import checked, flaw
from copilot.ai.policy.fitting import asks_always
from copilot.ai.policy.judging import judge
from copilot.ai.policy.links import links_out, written_through
from copilot.ai.policy.operands import changed, operands
from copilot.ai.policy.parts import Asked, asked
from copilot.ai.policy.rules import RuleSet
from copilot.vocabulary.approvals import ApprovalDetail, PythonFileDetail, ScriptDetail
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.policies import PolicyRule, Ruling
from copilot.vocabulary.readings import Reading
from copilot.vocabulary.values import Project, ShellName

Judge = Callable[[str, ApprovalDetail], Ruling]
"""What the rules say of a tool's request."""


def read(detail: ScriptDetail | PythonFileDetail) -> Reading:
    """What a request would run. The grammars are loaded when the first one is read."""
    from copilot.shell.reading.reader import read_python, read_script

    if isinstance(detail, ScriptDetail):
        return read_script(detail.shell, detail.script, cwd=detail.cwd)
    return read_python(detail.text, cwd=detail.cwd)


def nobody_trusts(_project: Project) -> bool:
    """The rules of no project count."""
    return False


class RuleBook:
    """`trusts` says whether the person trusts the very rules that a project's file holds."""

    def __init__(
        self,
        rules: Collection[PolicyRule] = (),
        shell: ShellName = "sh",
        trusts: Callable[[Project], bool] = nobody_trusts,
    ) -> None:
        self._lock = threading.Lock()
        self._rules = tuple(rules)
        self._shell: ShellName = shell
        self._trusts = trusts
        self._made: tuple[tuple[object, ...], RuleSet] | None = None
        self._told: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[PolicyRule, ...]:
        """The person's own."""
        return self._rules

    def use(self, rules: Collection[PolicyRule]) -> None:
        """These are the person's own from now on."""
        with self._lock:
            self._rules = tuple(rules)

    def add(self, rule: PolicyRule) -> None:
        """One more of the person's own."""
        with self._lock:
            if rule not in self._rules:
                self._rules = (*self._rules, rule)

    def ready(self, project: Project) -> RuleSet:
        """The rules for a project's requests, with what is wrong with those that are left out."""
        with self._lock:
            others = project.rules if project.rules and self._trusts(project) else ()
            key = (self._rules, others, project.base_dir)
            if self._made is None or self._made[0] != key:
                self._made = (key, checked(self._rules, others, read, self._shell, project.base_dir))
            return self._made[1]

    def news(self, project: Project) -> tuple[str, ...]:
        """What is wrong with rules that are left out, as far as it was not told before."""
        notices = self.ready(project).notices
        with self._lock:
            new = tuple(one for one in notices if one not in self._told)
            self._told = notices
        return new

    def asked(self, tool: str, detail: ApprovalDetail) -> Asked:
        """A request as rules see it."""
        return asked(tool, detail, read)

    def read(self, detail: ScriptDetail | PythonFileDetail) -> Reading:
        """What a request would run."""
        return read(detail)

    def alone(self, rule: PolicyRule, project: Project) -> RuleSet:
        """One rule by itself, or none where it does not fit its own examples."""
        return checked((rule,), (), read, self._shell, project.base_dir)

    def flaw(self, rule: PolicyRule, project: Project) -> str:
        """Why a rule of the person's could not be used in this project; "" where it can."""
        return flaw(rule, read, self._shell, project.base_dir)

    def binds(self, detail: ApprovalDetail) -> Callable[[], str]:
        """Look at what a script rests on beside its text; what is given says which of it is no longer so."""
        if not isinstance(detail, ScriptDetail | PythonFileDetail):
            return lambda: ""
        request = self.asked("", detail)
        if isinstance(detail, PythonFileDetail):  # its text is bound where it is run; the folder is here
            request = replace(request, pieces=())
        before = operands(request)
        return lambda: changed(before, detail.cwd)

    def judge_for(self, project: Project) -> Judge:
        """What judges the requests of a project, by the rules of the moment at which each is made."""

        def judged(tool: str, detail: ApprovalDetail) -> Ruling:
            rules = self.ready(project)
            script = isinstance(detail, ScriptDetail)
            if not rules.rules and not isinstance(detail, (ScriptDetail, PythonFileDetail)):
                return Ruling(verdict="ask", why="")
            request = self.asked(tool, detail)
            if script and (through := written_through(request)):
                return Ruling(
                    verdict="deny", why=f"{through}: a script may write there only by its real path"
                )
            said = judge(rules, request, links_out) if rules.rules else Ruling(verdict="ask", why="")
            if said.verdict != "ask":
                return said
            secret = next((why for one in request.pieces if (why := asks_always(one))), "")
            told = said.rule or (secret and secret in said.why)
            why = said.why if told else secret or said.why or links_out(request)
            return replace(said, why=why, always=bool(secret))

        return judged
