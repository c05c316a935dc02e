"""Writes a result as JSON, integers as integers."""

import json
from fractions import Fraction


def render(expression: str, value: Fraction) -> str:
    """One line of JSON with the expression and its value."""
    result = value.numerator if value.denominator == 1 else float(value)
    return json.dumps({"expression": expression, "result": result}, ensure_ascii=False)
