"""The command line: `python main.py "2 * 3 + 4"` prints the result as JSON."""

import sys

from calculator.evaluator import evaluate
from calculator.rendering import render
from calculator.tokens import CalculatorError

USAGE = 'usage: python main.py "2 * 3 + 4"'


def main(arguments: list[str]) -> int:
    """Print the value of the expression that the arguments make up; return the exit code."""
    if arguments in ([], ["-h"], ["--help"]):
        print(USAGE)
        return 0 if arguments else 2
    expression = " ".join(arguments)
    try:
        print(render(expression, evaluate(expression)))
    except CalculatorError as error:
        print(f"error: {error}", file=sys.stderr)
        print(f"  {expression}", file=sys.stderr)
        print(f"  {' ' * (error.position - 1)}^", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
