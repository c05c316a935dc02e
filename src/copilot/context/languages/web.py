"""Tables for JavaScript, TypeScript, TSX and PHP."""

from copilot.context.languages.language import Language, Rule, rules, types

_PATHS = r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\()\s*["']([^"'\n]+)["']"""
_CALL = r"[^=;]*=\s*require\s*\(\s*['\"][^'\"\n]*['\"]\s*\)\s*"
_REQUIRE = Rule(
    kind="import",
    only=rf"(?:const|let|var)\s+{_CALL}(?:,{_CALL})*;?\s*$",
    otherwise=Rule(kind="value"),
)

_JAVASCRIPT = rules(
    import_="import_statement",
    function="function_declaration generator_function_declaration method_definition",
    type="class_declaration",
    value="field_definition",
    wrap="export_statement",
    group="if_statement else_clause statement_block try_statement labeled_statement",
) | {
    "lexical_declaration": _REQUIRE,
    "variable_declaration": _REQUIRE,
    "expression_statement": Rule(kind="value", only=r"[\w$]+(?:\.[\w$]+)+\s*=[^=>]", name=("left",)),
}

JAVASCRIPT = Language(
    title="JavaScript",
    module="tree_sitter_javascript",
    rules=_JAVASCRIPT,
    bodies=types("statement_block class_body"),
    through=types("variable_declarator arrow_function function_expression generator_function class"
                  " assignment_expression"),
    callables=types("arrow_function function_expression generator_function class"),
    names=("name", "property", "variable_declarator", "assignment_expression", "left"),
    leading=types("decorator"),
    import_words=r"^import\s+",
    import_path=_PATHS,
    import_paths_only=True,
    private=r"\bprivate\b",
    private_name=r"[_#]",
    overrides=r"\boverride\b",
)  # fmt: skip

_TYPESCRIPT = _JAVASCRIPT | rules(
    function="function_signature",
    type="interface_declaration enum_declaration abstract_class_declaration",
    value="type_alias_declaration public_field_definition property_signature method_signature call_signature"
    " construct_signature index_signature enum_assignment property_identifier import_alias",
    space="internal_module module",
    wrap="ambient_declaration",
)
_TYPESCRIPT["abstract_method_signature"] = Rule(kind="function")
_TYPESCRIPT["method_signature"] = Rule(kind="value")

TYPESCRIPT = Language(
    title="TypeScript",
    module="tree_sitter_typescript",
    entry="language_typescript",
    rules=_TYPESCRIPT,
    bodies=types("statement_block class_body interface_body enum_body"),
    through=JAVASCRIPT.through,
    callables=JAVASCRIPT.callables,
    names=JAVASCRIPT.names,
    leading=types("decorator"),
    import_words=r"^import\s+",
    import_path=_PATHS,
    import_paths_only=True,
    overloads=True,
    private=r"\bprivate\b",
    private_name=r"[_#]",
    overrides=r"\boverride\b",
)
TSX = Language(
    title="TypeScript with JSX",
    module=TYPESCRIPT.module,
    entry="language_tsx",
    rules=_TYPESCRIPT,
    bodies=TYPESCRIPT.bodies,
    through=JAVASCRIPT.through,
    callables=JAVASCRIPT.callables,
    names=JAVASCRIPT.names,
    leading=types("decorator"),
    import_words=r"^import\s+",
    import_path=_PATHS,
    import_paths_only=True,
    overloads=True,
    private=r"\bprivate\b",
    private_name=r"[_#]",
    overrides=r"\boverride\b",
)

PHP = Language(
    title="PHP",
    module="tree_sitter_php",
    entry="language_php",
    rules=rules(
        import_="namespace_use_declaration",
        function="function_definition method_declaration",
        type="class_declaration interface_declaration trait_declaration enum_declaration",
        value="const_declaration property_declaration use_declaration enum_case",
        space="namespace_definition",
        group="if_statement else_clause compound_statement colon_block try_statement",
    )
    | {
        "expression_statement": Rule(kind="import", only=r"(?:require|include)(?:_once)?\b"),
    },
    bodies=types("compound_statement declaration_list enum_declaration_list"),
    through=types("const_element property_element"),
    import_words=r"^use\s+",
    import_join="\\",
    import_path=r"""^use\s+(?:function\s+|const\s+)?([^;]+?)(?:\s+as\s+\w+)?\s*;?$"""
    r"""|(?:require|include)(?:_once)?\b[^'"]*['"]([^'"]+)['"]""",
    private=r"\bprivate\b",
    noise=r"\bpublic (?=.*\.)|#\[(?:\\?Override|ReturnTypeWillChange)\] *",
)
