"""What a script does, in the terminal's approval: the words of the window, a line for each."""

from collections.abc import Callable

from copilot.cli.paint import Paint
from copilot.vocabulary.approvals import PythonFileDetail, ScriptDetail
from copilot.vocabulary.readings import Effect, Hazard, Statement
from copilot.vocabulary.text import visible


def reading_lines(detail: ScriptDetail | PythonFileDetail, paint: Paint) -> list[str]:
    """What the reading says of it; nothing of the script itself is left out above."""
    from copilot.shell.reading.reader import read_detail  # with its grammars: most runs ask nothing
    from copilot.shell.reading.telling import told

    reading = read_detail(detail)
    if reading is None:
        return []
    shown = told(reading)
    mark = paint.dim if shown.understood else paint.yellow
    lines = ["", f"  {mark(shown.verdict)}"]
    lines += [f"  {paint.yellow(visible(words, keep=''))}" for words in reading.trouble]
    lines += [_hazard(one, paint) for one in reading.hazards]
    for one in shown.statements:
        lines += _statement(one, paint)
    return [*lines, f"  {paint.dim(shown.rest)}"] if shown.rest else lines


def _hazard(one: Hazard, paint: Paint) -> str:
    colour = paint.red if one.grave else paint.yellow
    fix = f" ({one.fix.label}: edit it to do so)" if one.fix is not None else ""
    return "  " + colour(visible(f"line {one.line}: {one.words}{fix}", keep=""))


def _statement(one: Statement, paint: Paint) -> list[str]:
    from copilot.shell.reading.telling import EFFECT_WORDS, lines

    effects = ", ".join(_coloured(effect, EFFECT_WORDS[effect], paint) for effect in one.effects)
    text = visible(" ".join(one.text.split()), keep="")
    cut = text if len(text) <= 70 else text[:69] + "…"
    found = [f"  {lines(one):>5}  {effects or paint.dim('no effect')}  {paint.dim(cut)}"]
    if one.outside:
        outside = ", ".join(path.text for path in one.outside)
        found.append(f"         {paint.red(visible(f'outside the project: {outside}', keep=''))}")
    if one.why and (not one.understood or set(one.effects) - {"reads", "writes"}):
        found.append(f"         {paint.dim(visible(' '.join(one.why), keep=''))}")
    return found


def _coloured(effect: Effect, words: str, paint: Paint) -> str:
    colours: dict[Effect, Callable[[str], str]] = {
        "unknown": paint.yellow,
        "deletes": paint.red,
        "history": paint.red,
        "privilege": paint.red,
    }
    return colours.get(effect, str)(words)
