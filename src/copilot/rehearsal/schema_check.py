"""Whether a tool's parameters are a JSON schema that a service would take."""

from collections.abc import Iterable

from copilot.rehearsal.asked import JsonObject
from copilot.vocabulary.messages import JsonValue

_TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
_TEXTS = ("title", "description", "pattern", "format", "$ref", "$id", "$schema", "$comment")
_ONE = ("items", "additionalProperties", "not", "contains", "propertyNames", "if", "then", "else")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_MAPS = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")


def schema_problem(schema: JsonValue) -> str:
    """What is wrong with a tool's parameter schema, "" when nothing is. The top must be an object."""
    if not isinstance(schema, dict):
        return "the schema must be an object"
    if schema.get("type") != "object":
        return f"the top level must have type 'object', not {schema.get('type')!r}"
    return _problem(schema, schema, "schema")


def strict_problem(schema: JsonValue) -> str:
    """What keeps a schema from OpenAI's strict mode, "" when nothing does."""
    if not isinstance(schema, dict):
        return ""
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties")
        names = set(properties) if isinstance(properties, dict) else set[str]()
        if schema.get("additionalProperties") is not False:
            return "'additionalProperties' is required to be supplied and to be false."
        required = schema.get("required")
        missing = names - {str(name) for name in required} if isinstance(required, list) else names
        if missing:
            return (
                "'required' is required to be supplied and to be an array including every key in properties. "
                f"Missing '{min(missing)}'."
            )
    inner = [value for key, value in schema.items() if key in _ONE]
    for key in (*_LISTS, *_MAPS):
        value = schema.get(key)
        inner += value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else []
    return next((problem for problem in map(strict_problem, inner) if problem), "")


def _problem(schema: JsonValue, root: JsonObject, where: str) -> str:
    if isinstance(schema, bool):
        return ""
    if not isinstance(schema, dict):
        return f"{where} must be a schema"
    for key, value in schema.items():
        problem = _keyword(key, value, root, f"{where}.{key}")
        if problem:
            return problem
    return ""


def _keyword(key: str, value: JsonValue, root: JsonObject, where: str) -> str:
    if key == "type":
        return _type_problem(value, where)
    if key == "$ref":
        return "" if isinstance(value, str) and _resolves(value, root) else f"{where} {value!r} leads nowhere"
    if key in _ONE:
        return _problem(value, root, where)
    if key in _LISTS:
        if not isinstance(value, list) or not value:
            return f"{where} must be a list of schemas that is not empty"
        return _first(_problem(item, root, f"{where}[{i}]") for i, item in enumerate(value))
    if key in _MAPS:
        if not isinstance(value, dict):
            return f"{where} must be an object"
        return _first(_problem(item, root, f"{where}.{name}") for name, item in value.items())
    return _plain_problem(key, value, where)


def _plain_problem(key: str, value: JsonValue, where: str) -> str:
    if key == "enum" and (not isinstance(value, list) or not value):
        return f"{where} must be a list that is not empty"
    if key == "required" and not _names(value):
        return f"{where} must be a list of different names"
    if key in _TEXTS and not isinstance(value, str):
        return f"{where} must be a string"
    if key in _NUMBERS and (isinstance(value, bool) or not isinstance(value, (int, float))):
        return f"{where} must be a number"
    if key in _COUNTS and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        return f"{where} must be a whole number"
    return ""


def _type_problem(value: JsonValue, where: str) -> str:
    types = value if isinstance(value, list) else [value]
    if types and all(isinstance(t, str) and t in _TYPES for t in types):
        return ""
    return f"{where} {value!r} is not one of {', '.join(_TYPES)}"


def _names(value: JsonValue) -> bool:
    return (
        isinstance(value, list)
        and all(isinstance(n, str) for n in value)
        and len(set(map(str, value))) == len(value)
    )


def _resolves(reference: str, root: JsonObject) -> bool:
    """Whether a reference inside the document (`#/$defs/Name`) leads somewhere."""
    if not reference.startswith("#"):
        return False
    at: JsonValue = root
    for step in reference.removeprefix("#").split("/")[1:]:
        if not isinstance(at, dict) or step not in at:
            return False
        at = at[step]
    return True


def _first(problems: Iterable[str]) -> str:
    return next((problem for problem in problems if problem), "")
