"""Tables for Rust, Go, Java, C#, C and C++."""

from copilot.context.languages.language import Language, Rule, rules, types
from copilot.vocabulary.frozen import replace

RUST = Language(
    title="Rust",
    module="tree_sitter_rust",
    rules=rules(
        import_="use_declaration extern_crate_declaration",
        function="function_item function_signature_item",
        type="struct_item enum_item union_item trait_item mod_item",
        value="const_item static_item type_item associated_type field_declaration enum_variant",
        group="foreign_mod_item declaration_list",
    )
    | {
        "impl_item": Rule(kind="type", name=("type",), of_trait="trait", open=True),
        "macro_definition": Rule(kind="function", upto=("name",)),
    },
    bodies=types("block declaration_list field_declaration_list enum_variant_list"),
    leading=types("attribute_item"),
    import_words=r"^use\s+",
    import_path=r"(?:\buse|\bextern crate)\s+([^;]+)",
    private=r"^(?!.*\bpub\b)(?s:.)*$",
    private_fields=True,
    open_types=r"\b(?:trait|enum)\b|^extern|macro_rules",
    tests=r"#\[(?:\w+::)*(?:test|rstest|bench)\b|#\[cfg\(test\)\]",
    noise=r"#\[(?:inline|must_use|allow|cfg_attr|doc|deny|warn|expect|track_caller|cold)\b[^\[\]]*\] *",
)

GO = Language(
    title="Go",
    module="tree_sitter_go",
    rules=rules(
        import_="import_spec",
        function="function_declaration method_declaration",
        type="type_spec",
        value="const_spec var_spec type_alias field_declaration method_elem type_elem",
        list="const_declaration var_declaration",
        wrap="type_declaration",
        group="import_declaration import_spec_list var_spec_list",
    ),
    bodies=types("block field_declaration_list {"),
    through=types("struct_type interface_type const_spec var_spec var_spec_list"),
    import_path=r"[\"`]([^\"`]+)[\"`]",
    private_name=r"[a-z_]",
    private_fields=True,
)

JAVA = Language(
    title="Java",
    module="tree_sitter_java",
    rules=rules(
        import_="import_declaration",
        function="method_declaration constructor_declaration compact_constructor_declaration"
        " annotation_type_element_declaration",
        type="class_declaration interface_declaration enum_declaration record_declaration"
        " annotation_type_declaration",
        value="field_declaration constant_declaration enum_constant package_declaration module_declaration",
        group="enum_body_declarations",
    ),
    bodies=types(
        "block constructor_body class_body interface_body enum_body annotation_type_body module_body"
    ),
    through=types("variable_declarator"),
    import_words=r"^import\s+",
    import_join=".",
    import_path=r"\bimport\s+(?:static\s+)?([\w.*]+)",
    private=r"\bprivate\b",
    overrides=r"@Override\b",
    tests=r"@(?:Test|ParameterizedTest|RepeatedTest)\b",
    noise=r"@(?:Override|SuppressWarnings|CanIgnoreReturnValue)\b(?:\([^()]*\))? *|\bpublic (?=.*[.(])",
)

C_SHARP = Language(
    title="C#",
    module="tree_sitter_c_sharp",
    rules=rules(
        import_="using_directive extern_alias_directive",
        function="method_declaration constructor_declaration destructor_declaration operator_declaration"
        " conversion_operator_declaration indexer_declaration local_function_statement delegate_declaration",
        type="class_declaration struct_declaration interface_declaration record_declaration enum_declaration",
        value="field_declaration event_field_declaration event_declaration property_declaration"
        " enum_member_declaration",
        space="namespace_declaration file_scoped_namespace_declaration",
        group="preproc_if preproc_else preproc_elif global_statement declaration_list",
    ),
    bodies=types(
        "block declaration_list enum_member_declaration_list arrow_expression_clause constructor_initializer"
        " accessor_list"
    ),
    through=types("variable_declaration variable_declarator"),
    names=("name", "this"),
    import_words=r"^using\s+",
    import_path=r"\busing\s+(?:static\s+)?(?:\w+\s*=\s*)?([\w.]+)",
    private=r"\b(?:private|internal)\b(?!\s+protected)",
    overrides=r"\boverride\b",
    tests=r"\[(?:Fact|Theory|Test(?:Case|Method)?)\b",
    noise=r"^\[(?:[^\[\]\"]|\"[^\"]*\")*\] *(?=[\[a-z])|\bpublic (?=.*[.(])",
)

_CALLED_C = r"#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t(]+)__cplusplus\)?[ \t]*\n"
_MACROS = (
    _CALLED_C + r"\s*(?:extern[ ]+\"C\"\s*\{|\})[^\n]*\n\s*#[ \t]*endif[^\n]*"
    r"|(?<=[\w)>*&]\s)[A-Z][A-Z0-9_]{4,60}\([^()\n]{0,200}\)(?=\s{0,20};)"
    r"|(?<=\n)[A-Z][A-Z0-9_]*_(?:BEGIN|END)_[A-Z_]+(?=\n)|(?<=[ \n])[A-Z][A-Z0-9_]*_FIELDS(?=\n)"
    r"|(?<![\w#])[A-Z][A-Z0-9_]*_(?:EXPORT|EXTERN|API|PUBLIC|PRIVATE|INLINE|HIDDEN|FUNC|NODISCARD|NORETURN"
    r"|CONSTEXPR(?:\d+|_STRING)?|ALWAYS_INLINE|UNUSED)\b(?=\s+[A-Za-z_])"
    r"|(?<=\bclass )[A-Z][A-Z0-9_]{2,}(?= +[A-Za-z_]\w*\s*[{:;f])"
    r"|(?<=\bstruct )[A-Z][A-Z0-9_]{2,}(?= +[A-Za-z_]\w*\s*[{:;])"
)
"""Export and inlining macros, which no C grammar can tell from types."""

C = Language(
    title="C",
    module="tree_sitter_c",
    rules=rules(
        import_="preproc_include",
        function="function_definition",
        type="struct_specifier union_specifier enum_specifier",
        value="enumerator",
        declared="declaration field_declaration type_definition",
        group="preproc_if preproc_ifdef preproc_else preproc_elif preproc_elifdef linkage_specification"
        " declaration_list",
    )
    | {"preproc_function_def": Rule(kind="function", upto=("parameters",))}
    | {"preproc_def": Rule(kind="value", only=r"#\s*define[ \t]+\w+[ \t]+\S")},
    bodies=types("compound_statement field_declaration_list enumerator_list"),
    through=types("init_declarator struct_specifier union_specifier enum_specifier class_specifier"),
    names=("name", "declarator", "type"),
    hidden=_MACROS,
    import_words=r"^#\s*include\s+",
    import_path=r"#\s*include\s+[<\"]([^>\"]+)[>\"]",
    private=r"^\s*static\b",
    longest_value=32,
    noise=r"^(?:extern|[A-Z]+_EXTERN) (?!\")",
)

CPP = replace(
    C,
    title="C++",
    module="tree_sitter_cpp",
    rules={
        **C.rules,
        **rules(
            import_="using_declaration",
            value="alias_declaration concept_definition friend_declaration static_assert_declaration",
            space="namespace_definition",
            wrap="template_declaration",
        ),
        "class_specifier": Rule(kind="type", closed=True),
        "access_specifier": Rule(kind="access"),
    },
    bodies=C.bodies | types("field_initializer_list try_statement declaration_list"),
    import_words=r"^#\s*include\s+|^using\s+(?!namespace)",
    private="",
    overrides=r"\boverride\b",
)
