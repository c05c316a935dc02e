"""What the calculator promises, in unittest alone so that nothing has to be installed."""

import contextlib
import io
import unittest
from fractions import Fraction

from calculator.evaluator import evaluate
from calculator.rendering import render
from calculator.tokens import CalculatorError
from main import main


class Values(unittest.TestCase):
    """Expressions and their values."""

    def test_a_number_is_its_own_value(self) -> None:
        self.assertEqual(evaluate(" 42 "), 42)
        self.assertEqual(evaluate("2.50"), Fraction(5, 2))

    def test_times_goes_before_plus(self) -> None:
        self.assertEqual(evaluate("2 * 3 + 4"), 10)
        self.assertEqual(evaluate("2 + 3 * 4"), 14)

    def test_minus_works_from_left_to_right(self) -> None:
        self.assertEqual(evaluate("8 - 3 - 2"), 3)

    def test_division_works_from_left_to_right(self) -> None:
        self.assertEqual(evaluate("12 / 3 / 2"), 2)

    def test_parentheses_go_first(self) -> None:
        self.assertEqual(evaluate("2 * (3 + 4)"), 14)
        self.assertEqual(evaluate("((1))"), 1)

    def test_a_minus_in_front_negates(self) -> None:
        self.assertEqual(evaluate("-2 * -(3 + 4)"), 14)
        self.assertEqual(evaluate("5 - --2"), 3)


class Troubles(unittest.TestCase):
    """Input that cannot be worked out."""

    def test_bad_input_names_its_position(self) -> None:
        troubles = {"2 * x": 5, "2 * (3 + 4": 5, "1 + 2)": 6, "3 4": 3, "2 +": 4, "": 1, "1" * 201: 201}
        for expression, position in troubles.items():
            with self.subTest(expression), self.assertRaises(CalculatorError) as caught:
                evaluate(expression)
            self.assertEqual(caught.exception.position, position)

    def test_division_by_zero_is_refused(self) -> None:
        with self.assertRaisesRegex(CalculatorError, "division by zero"):
            evaluate("1 / (2 - 2)")


class Output(unittest.TestCase):
    """What a person sees."""

    def test_integers_are_shown_as_integers(self) -> None:
        self.assertEqual(render("6 / 3", evaluate("6 / 3")), '{"expression": "6 / 3", "result": 2}')
        self.assertEqual(
            render("0.1 + 0.2", evaluate("0.1 + 0.2")), '{"expression": "0.1 + 0.2", "result": 0.3}'
        )

    def test_the_command_line_answers_and_refuses(self) -> None:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            codes = (main(["2 * 3 + 4"]), main(["2 *"]))
        self.assertEqual(codes, (0, 2))
        self.assertEqual(out.getvalue(), '{"expression": "2 * 3 + 4", "result": 10}\n')
        self.assertEqual(err.getvalue(), "error: a number is missing (position 4)\n  2 *\n     ^\n")


if __name__ == "__main__":
    unittest.main()
