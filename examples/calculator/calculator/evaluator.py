"""Works out the value of an expression with the shunting-yard algorithm.

Numbers go onto one stack, operators onto another. An operator waits on its stack until an operator
that must not go before it comes, or a closing parenthesis, or the end: then it takes its numbers and
leaves its result.
"""

import operator
from collections.abc import Callable
from fractions import Fraction

from calculator.tokens import CalculatorError, Token, tokenize

RANKS = {"+": 1, "-": 1, "*": 2, "/": 2, "negate": 3}
RESULTS: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def evaluate(expression: str) -> Fraction:
    """The exact value of an expression. Raises CalculatorError for bad input."""
    numbers: list[Fraction] = []
    operators: list[Token] = []
    wants_number = True
    for token in tokenize(expression):
        if wants_number:
            wants_number = begin(token, numbers, operators)
        elif token.text == ")":
            close(token, numbers, operators)
        elif token.text in RANKS:
            while operators and goes_first(operators[-1], token):
                apply(operators.pop(), numbers)
            operators.append(token)
            wants_number = True
        else:
            raise CalculatorError(f"unexpected {token.text!r}", token.position)
    if wants_number:
        raise CalculatorError("a number is missing", len(expression) + 1)
    while operators:
        apply(operators.pop(), numbers)
    return numbers.pop()


def goes_first(waiting: Token, coming: Token) -> bool:
    """Whether the operator on the stack is worked out before the one that comes."""
    return waiting.text != "(" and RANKS[waiting.text] >= RANKS[coming.text]


def begin(token: Token, numbers: list[Fraction], operators: list[Token]) -> bool:
    """Take a token where a number should begin; return whether one is still wanted."""
    if token.value is not None:
        numbers.append(token.value)
        return False
    if token.text == "(":
        operators.append(token)
    elif token.text == "-":
        operators.append(token._replace(text="negate"))
    else:
        raise CalculatorError(f"unexpected {token.text!r}", token.position)
    return True


def close(token: Token, numbers: list[Fraction], operators: list[Token]) -> None:
    """Work out everything back to the opening parenthesis."""
    while operators and operators[-1].text != "(":
        apply(operators.pop(), numbers)
    if not operators:
        raise CalculatorError("this ')' was never opened", token.position)
    operators.pop()


def apply(waiting: Token, numbers: list[Fraction]) -> None:
    """Replace the topmost numbers by the operator's result."""
    if waiting.text == "(":
        raise CalculatorError("this '(' is never closed", waiting.position)
    right = numbers.pop()
    if waiting.text == "negate":
        numbers.append(-right)
    elif waiting.text == "/" and right == 0:
        raise CalculatorError("division by zero", waiting.position)
    else:
        numbers.append(RESULTS[waiting.text](numbers.pop(), right))
