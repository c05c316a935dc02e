"""Reading a PowerShell script: the tree is walked, cmdlets and native programs are judged."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from copilot.shell.reading import powershell_calls
from copilot.shell.reading.cmdlets import SAFE_METHODS, SAFE_TYPES
from copilot.shell.reading.found import Found, Word, short
from copilot.shell.reading.grammar import captured
from copilot.shell.reading.judge import Inside, loose_paths
from copilot.shell.reading.nodes import below, plain_leaf
from copilot.shell.reading.paths import ASIDE, Ground, moved
from copilot.shell.reading.powershell_text import double_quoted, plain, single_quoted, token
from copilot.shell.reading.tree_reader import Kept, TreeReader, shadowed
from copilot.shell.reading.wrappers import dangerous
from copilot.vocabulary.readings import Statement

if TYPE_CHECKING:
    from tree_sitter import Node

_LEAVES = frozenset(("pipeline", "flow_control_statement", "command", "param_block", "data_statement"))
_CONDITIONS = frozenset(
    ("while_condition", "for_initializer", "for_condition", "for_iterator", "switch_condition")
)
_CONDITIONAL = re.compile(r"(?:if|while|do|for|foreach|switch|try|trap)_statement|catch_clause")
_UNREAD = frozenset(("class_statement", "inlinescript_statement", "parallel_statement", "data_statement"))
_SETTING = """
    (assignment_expression) @given
    [(foreach_statement) (script_parameter) (post_increment_expression) (post_decrement_expression)
     (pre_increment_expression) (pre_decrement_expression)] @sets
    """
_MOST_DEPTH = 150


class PowerShellReader(TreeReader):
    """One reading of one text."""

    def __init__(self, source: bytes, ground: Ground, cwd: str | None, inside: Inside, before: Kept) -> None:
        super().__init__("powershell", source, ground, cwd, inside, before, plain(source))
        self._constants = self._given_once()
        self._own: Mapping[str, Callable[[Node, Found], None]] = {
            "redirection": self._redirection,
            "assignment_expression": self._assignment,
            "invokation_expression": self._method,
            "type_literal": self._type,
        }

    def into(self, found: Found) -> None:
        """All statements into one."""
        self._effects(self._root, found, 0)

    def _split(self, node: "Node", depth: int) -> Iterator[Statement]:
        saved = self._cwd
        if node.type == "function_statement":
            self._define(node)
        for child in node.children:
            if child.type == "comment" or (not child.is_named and not child.is_missing):
                continue
            leaf = child.type in _LEAVES or child.is_error or child.is_missing or depth > _MOST_DEPTH
            if child.type == "pipeline" and any(c.type == "pipeline_chain_tail" for c in child.children):
                for part in child.children:
                    if part.type == "pipeline_chain" or part.is_error:
                        yield self._statement(part, depth)
            elif leaf or (child.type in _CONDITIONS and child.named_child_count):
                yield self._statement(child, depth)
            elif child.named_child_count:
                yield from self._split(child, depth + 1)
            elif node.type in ("program", "statement_list") and child.type != "empty_statement":
                yield self._statement(child, depth)
        if node.type == "function_statement":
            self._cwd = saved
        elif _CONDITIONAL.fullmatch(node.type) and self._cwd != saved:
            self._cwd = None

    def _statement(self, node: "Node", depth: int) -> Statement:
        def read(found: Found) -> None:
            if node.type == "command":
                self._stir()  # what it does depends on what stands before it
            self._effects(node, found, depth)
            if not node.named_child_count and node.type not in _LEAVES:
                found.unknown(f"A part of it is not understood: {short(self.text(node))}.")

        return self._once(node, read)

    def _effects(self, node: "Node", found: Found, depth: int) -> None:
        found.cwd = self._cwd
        if depth > _MOST_DEPTH:
            found.unknown("It is nested too deep to be read.")
            return
        kind, children = node.type, node.children
        while len(children) == 1 and kind.endswith("_expression"):
            node = children[0]  # the grammar wraps a plain value in one for each rank of operators
            kind, children = node.type, node.children
        if node.is_error or node.is_missing:
            found.unknown(f"It does not parse at line {node.start_point[0] + 1}.")
        if kind == "command":
            self._command(node, found, depth)
            return
        if kind == "function_statement":
            self._define(node)
            return
        if kind in _UNREAD:
            found.unknown("It holds a class or a block that is not read here.")
        if (own := self._own.get(kind)) is not None:
            own(node, found)
        for child in children:
            if not plain_leaf(child):
                self._effects(child, found, depth + (0 if kind.endswith("_expression") else 1))

    def _command(self, node: "Node", found: Found, depth: int) -> None:
        operator = next((c for c in node.children if c.type == "command_invokation_operator"), None)
        name_node = next((c for c in node.children if c.type in ("command_name", "command_name_expr")), None)
        elements = next((c for c in node.children if c.type == "command_elements"), None)
        blocks = False
        for part in (name_node, elements):
            for child in part.children if part is not None else ():
                self._effects(child, found, depth + 1)
                blocks = blocks or "{" in self.text(child)
        for child in node.children:
            if child.is_error or child.type == "redirections":
                self._effects(child, found, depth + 1)
        if name_node is None:
            if not blocks:
                found.unknown("Which command it is could not be told.")
            return
        head = self._head(name_node)
        if head is None:
            return  # a block that was read where it stands
        if re.fullmatch(r"-?\d+(?:\.\.-?\d+)?", head.text):
            return  # a range, which the grammar takes for a command
        words = self._elements(elements, found) if elements is not None else []
        if operator is not None and self.text(operator) == ".":
            found.unknown("It runs in this scope a script that is not read here.")
            found.path(head, "reads")
            return
        before = node.prev_sibling
        self._run(head, words, found, depth, fed=before is not None and self.text(before).strip() == "|")

    def _head(self, node: "Node") -> Word | None:
        if node.type == "command_name_expr":
            inner = _single(node)
            if inner.type in ("script_block_expression",):
                return None
            if inner.type in ("path_command_name", "variable", "command_name"):
                return token(self.text(inner), self._variables)
            return self._value(inner)[0]
        return token(self.text(node), self._variables)

    def _run(self, head: Word, words: list[Word], found: Found, depth: int, *, fed: bool) -> None:
        name = head.text.lower()
        if head.constant and name in self._aliases:
            found.why.setdefault(f"{short(head.text)} is an alias of {short(self._aliases[name])}.")
            shadowed(name, found, known=powershell_calls.is_known(name))
            head = Word(self._aliases[name])
            name = head.text.lower()
        full = powershell_calls.full_name(name)
        if head.constant and name != full and full in self._functions:  # the cmdlet that the alias stands for
            self._call(full, self._functions[full].children, found, depth)
            shadowed(full, found, known=powershell_calls.is_known(full))
        if head.constant and name in self._functions:
            self._call(name, self._functions[name].children, found, depth)
            loose_paths(words, found)
            if full == name:  # PowerShell looks for an alias before a function
                shadowed(name, found, known=powershell_calls.is_known(name))
                return
        powershell_calls.judge_command(head, words, found, self._inside, fed=fed)
        self._after(powershell_calls.full_name(name), words, found)

    def _after(self, name: str, words: Sequence[Word], found: Found) -> None:
        operands = [w for w in words if w.text[:1] != "-" or w.quoted]
        if name in ("set-location", "push-location"):
            target = operands[0] if operands else None
            known = target is not None and target.constant
            self._cwd = moved(self._ground, self._cwd, target.text) if target is not None and known else None
        elif name == "pop-location":
            self._cwd = None
        elif name in ("set-alias", "new-alias"):
            if len(operands) >= 2 and all(one.constant for one in operands[:2]):
                self._alias(operands[0].text.lower(), operands[1].text)
                found.why.setdefault(
                    f"From here on {short(operands[0].text)} means {short(operands[1].text)}."
                )
            else:
                found.unknown("It makes an alias that is computed.")
        elif name in ("invoke-expression", "set-variable", "new-variable", "import-module", "clear-variable"):
            self._unset_all()

    def _define(self, node: "Node") -> None:
        name = next((child for child in node.children if child.type == "function_name"), None)
        if name is not None:
            self._defined(self.text(name).split(":")[-1].lower(), node)

    def _elements(self, node: "Node", found: Found) -> list[Word]:
        words: list[Word] = []
        for child in node.children:
            match child.type:
                case "command_argument_sep" | "redirection" | ":":
                    continue
                case "command_parameter" | "generic_token":
                    words.append(token(self.text(child).strip(), self._variables))
                    if words[-1].pieced and child.type == "generic_token":
                        found.unknown(f"Where the word {short(self.text(child))} ends is doubtful.")
                case "stop_parsing":
                    found.unknown("--% hands the rest of the line on unread.")
                case _ if child.is_named:
                    words.extend(self._value(child))
                case _:
                    continue
        return words

    def _value(self, node: "Node") -> list[Word]:
        """The words that an expression becomes as an argument; a list becomes several."""
        if node.type == "array_literal_expression" and node.named_child_count > 1:
            return [word for child in node.children if child.is_named for word in self._value(child)]
        inner = _single(node)
        text = self.text(inner).strip()
        match inner.type:
            case "variable":
                if text.lower() in ("$true", "$false", "$null"):
                    return [Word("")]
                if text.startswith("@"):  # the parameters stand in the variable
                    return [Word(ASIDE, constant=False)]
                return [token(text, self._variables)]
            case "verbatim_string_characters" | "verbatim_here_string_characters":
                return [single_quoted(text)]
            case "expandable_string_literal" | "expandable_here_string_literal":
                return [double_quoted(text, self._variables)]
            case "decimal_integer_literal" | "real_literal" | "hexadecimal_integer_literal":
                return [Word(text)]
            case "script_block_expression":
                return [Word("{}")]
            case "parenthesized_expression":
                return [self._joined_path(inner) or Word(ASIDE, constant=False, runs=True)]
            case _:
                return [Word(ASIDE, constant=False, runs="(" in text)]

    def _joined_path(self, node: "Node") -> Word | None:
        """`(Join-Path a b)` with constants, whose value is plain."""
        commands = [one for one in below(node) if one.type == "command"]
        if len(commands) != 1 or not self.text(commands[0]).lower().startswith("join-path"):
            return None
        elements = next((c for c in commands[0].children if c.type == "command_elements"), None)
        words = self._elements(elements, Found(self._ground, None)) if elements is not None else []
        parts = [word for word in words if word.text[:1] != "-"]
        if len(parts) < 2 or "|" in self.text(node):
            return None
        joined = "/".join(part.text.rstrip("/\\") for part in parts)
        return Word(joined, all(part.constant for part in parts))

    def _redirection(self, node: "Node", found: Found) -> None:
        name = next((c for c in node.children if c.type == "redirected_file_name"), None)
        inner = (
            next((c for c in name.children if c.is_named and c.type != "command_argument_sep"), None)
            if name
            else None
        )
        if inner is None:
            return
        for word in (
            [token(self.text(inner), self._variables)]
            if inner.type == "generic_token"
            else self._value(inner)
        ):
            found.path(word, "writes")

    def _assignment(self, node: "Node", found: Found) -> None:
        named = [child for child in node.children if child.is_named]
        target = self.text(named[0]).strip().lstrip("$").lower() if named else ""
        if target.startswith("env:"):
            if dangerous(target[4:]):
                found.unknown(f"{short(target)} decides what later commands run or reach.")
        elif target in self._constants and len(named) > 2:
            words = self._value(named[-1])
            if len(words) == 1 and words[0].constant and words[0].text and words[0].text != "{}":
                self._set(target, words[0].text)
                return
        self._unset(target)

    def _method(self, node: "Node", found: Found) -> None:
        member = next((c for c in node.children if c.type == "member_name"), None)
        name = self.text(member).strip() if member is not None else ""
        kind = next((c for c in node.children if c.type == "type_literal"), None)
        static = self.text(kind).strip("[] ").lower() if kind is not None else ""
        if name.lower() not in SAFE_METHODS or (static and static not in SAFE_TYPES):
            shown = f"[{static}]::{name}" if static else f".{name}"
            found.unknown(f"It calls the .NET method {short(shown)}().")
            for word in (w for c in below(node) if c.type == "string_literal" for w in self._value(c)):
                if "/" in word.text or "\\" in word.text:
                    found.path(word, "unknown")

    def _type(self, node: "Node", found: Found) -> None:
        name = self.text(node).strip()[1:-1].strip().lower()
        if name.split("(")[0] not in SAFE_TYPES:
            found.unknown(f"It uses the .NET type {short(name)}.")

    def _given_once(self) -> frozenset[str]:
        """The variables that are given a value once, at the top of the script, and by nothing else."""
        times: dict[str, int] = {}
        spoilt: set[str] = set()
        straight = {
            one.id
            for block in self._root.children
            for line in (block.children if block.type == "statement_list" else (block,))
            for one in (line.children if line.type == "pipeline" else (line,))
        }
        nodes = captured("powershell", self._root, _SETTING)
        for node in nodes.get("given", ()):
            signs = node.children
            name = self.text(signs[0]).strip().lstrip("$").lower() if signs else ""
            times[name] = times.get(name, 0) + 1
            plain_sign = any(self.text(c).strip() == "=" for c in signs if "operator" in c.type)
            if node.id not in straight or not plain_sign:
                spoilt.add(name)
        for node in nodes.get("sets", ()):
            spoilt.update(self.text(c).lstrip("$").lower() for c in below(node) if c.type == "variable")
        return frozenset(name for name, count in times.items() if count == 1 and name not in spoilt)


def _single(node: "Node") -> "Node":
    """The node itself, or the only thing that stands in it."""
    while node.named_child_count == 1 and node.type not in (
        "parenthesized_expression",
        "script_block_expression",
        "expandable_string_literal",
        "expandable_here_string_literal",
        "variable",
        "sub_expression",
        "path_command_name",
        "invokation_expression",
        "member_access",
    ):
        inner = next(child for child in node.children if child.is_named)
        if inner.end_byte - inner.start_byte < node.end_byte - node.start_byte - 2:
            break
        node = inner
    return node
