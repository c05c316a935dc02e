"""Tables for Ruby, shell, PowerShell, and for Python that this Python's own parser rejects."""

from copilot.context.languages.language import Language, Rule, rules, types

PYTHON = Language(
    title="Python",
    module="tree_sitter_python",
    rules=rules(
        import_="import_statement import_from_statement future_import_statement",
        type="class_definition",
        value="type_alias_statement",
        wrap="decorated_definition",
        group="if_statement elif_clause else_clause try_statement except_clause finally_clause with_statement"
        " for_statement while_statement match_statement case_clause block",
    )
    | {
        "function_definition": Rule(kind="function", drop="def "),
        "expression_statement": Rule(
            kind="value", only=r"(?:[^\W\d]\w*)(?:\s*,\s*[^\W\d]\w*)*\s*(?::[^=]+)?(?:=(?!=)|$|:)"
        ),
    },
    bodies=types("block"),
    through=types("assignment"),
    import_words=r"^(?:import|from)\s+",
    import_shape=(r"^(\S+) import \(?(.*?),?\)?$", r"\1: \2"),
    import_path=r"\bfrom\s+(\S+)\s+import|^import\s+([\w.]+)",
    private_name=r"_(?!_)",
    doc_inside=True,
)

RUBY = Language(
    title="Ruby",
    module="tree_sitter_ruby",
    rules=rules(group="if unless then else elsif begin if_modifier unless_modifier body_statement")
    | {
        "class": Rule(kind="type", upto=("name", "superclass")),
        "module": Rule(kind="type", upto=("name",)),
        "singleton_class": Rule(kind="type", upto=("value",), name=("value",)),
        "method": Rule(kind="function", upto=("name", "parameters")),
        "singleton_method": Rule(kind="function", upto=("name", "parameters")),
        "assignment": Rule(kind="value", only=r"[A-Z]\w*\s*="),
        "call": Rule(
            kind="value",
            only=r"(?:attr_\w+|include|extend|prepend|has_\w+|belongs_to|validates?|scope|delegate|alias_method"
            r"|define_method|module_function|private_constant)\b",
            otherwise=Rule(kind="import", only=r"(?:require(?:_relative)?|load|autoload)\b"),
        ),
        "alias": Rule(kind="value"),
        "identifier": Rule(kind="access", only=r"(?:private|protected|public)$"),
    },
    bodies=types("body_statement"),
    through=types("call"),
    import_words=r"^require\s+",
    import_path=r"""['"]([^'"]+)['"]\s*\)?$""",
)

SHELL = Language(
    title="Shell",
    module="tree_sitter_bash",
    longest=100_000,  # of what it cannot parse, 100 kB take five seconds, and twice as much four times that
    rules=rules(
        function="function_definition",
        group="if_statement elif_clause else_clause list case_statement case_item",
    )
    | {
        "command": Rule(kind="import", only=r"(?:source|\.)\s"),
        "variable_assignment": Rule(kind="value"),
        "declaration_command": Rule(kind="value"),
    },
    bodies=types("compound_statement subshell test_command if_statement"),
    through=types("variable_assignment"),
    import_words=r"^(?:source|\.)\s+",
    import_path=r"""^(?:source|\.)\s+["']?([^"'\n]+)""",
)

POWERSHELL = Language(
    title="PowerShell",
    module="tree_sitter_powershell",
    rules=rules(
        function="function_statement class_method_definition",
        type="class_statement enum_statement",
        value="class_property_definition enum_member param_block",
        group="statement_list if_statement elseif_clauses elseif_clause else_clause statement_block"
        " pipeline_chain script_block script_block_body named_block_list named_block try_statement",
    )
    | {
        "pipeline": Rule(
            kind="value",
            only=r"\$[\w:]+\s*=|\[[\w.\[\]]+\]\s*\$[\w:]+\s*=|param\b",
            otherwise=Rule(kind="group", only=r"(?i)(?:using|import-module|ipmo)\b|\.\s"),
        ),
        "command": Rule(kind="import", only=r"(?i)(?:using|import-module|ipmo)\b|\.\s"),
    },
    bodies=types("{"),
    through=types("assignment_expression"),
    names=("simple_name", "function_name"),
    import_words=r"^(?:using\s+|\.\s+)",
    import_path=r"(?i)^(?:using\s+(?:module|namespace)|import-module|ipmo|\.)\s+"
    r"""(?:-name\s+)?["']?([^"'\s]+)""",
    private_name=r"_",
    parameters_inside="param_block",
)
