"""The person's own chords: read, given to actions, kept, and told where they cannot be used."""

from pathlib import Path

import pytest

from copilot.desktop.action_table import ActionTable, NamedAction, chord
from copilot.desktop.chord_actions import ChordActions
from copilot.desktop.confirm_keys import APPROVAL_KEYS
from copilot.desktop.own_chords import OwnChords, own_chords, strangers
from copilot.desktop.panels.chooser import Question
from copilot.projects.config import flush_settings, load_settings
from copilot.projects.home import Home
from copilot.vocabulary.frozen import replace


def action(name: str, keys: str = "") -> NamedAction:
    return NamedAction(name=name, title=name.upper(), run=lambda: None, keys=keys)


ACTIONS = (
    action("panel.log", "Ctrl+8"),
    action("panel.usage", "Ctrl+9"),
    action("discussion.find", "Ctrl+F"),
    action("help.keys"),
)


def table(own: OwnChords | None = None) -> ActionTable:
    made = ActionTable(own.actions if own is not None else None)
    made.add(ACTIONS)
    return made


def done_by(made: ActionTable, words: str) -> str:
    found = made.by_chord(chord(words))
    return found.name if found is not None else ""


def test_an_action_has_the_persons_chord_in_place_of_its_own() -> None:
    made = table(own_chords({"ctrl + SHIFT+j": "panel.log", "F7": "help.keys"}))
    assert {one.name: one.keys for one in made} == {
        "panel.log": "Ctrl+Shift+J",
        "panel.usage": "Ctrl+9",
        "discussion.find": "Ctrl+F",
        "help.keys": "F7",
    }
    assert [done_by(made, one) for one in ("Ctrl+Shift+J", "Ctrl+8", "F7")] == ["panel.log", "", "help.keys"]
    assert "Ctrl+8" not in map(str, made.chords())


def test_a_chord_does_what_it_is_given_to_and_what_had_it_has_none() -> None:
    made = table(own_chords({"Ctrl+F": "panel.log", "Ctrl+9": ""}))
    assert [done_by(made, one) for one in ("Ctrl+F", "Ctrl+9")] == ["panel.log", ""]
    assert [one.keys for one in made] == ["Ctrl+F", "", "", ""]


def test_two_chords_for_one_action_both_do_it_and_the_first_is_shown() -> None:
    made = table(own_chords({"Alt+G": "panel.log", "F8": "panel.log"}))
    assert [done_by(made, one) for one in ("Alt+G", "F8")] == ["panel.log", "panel.log"]
    assert next(one.keys for one in made if one.name == "panel.log") == "Alt+G"


@pytest.mark.parametrize(
    ("written", "name", "words"),
    [
        ("Ctl+J", "panel.log", "“Ctl+J” is no chord"),
        ("Ctrl+Ctrl+J", "panel.log", "is no chord"),
        ("", "panel.log", "is no chord"),
        ("Ctrl+", "panel.log", "is no chord"),
        ("Ctrl+\ud800", "panel.log", "is no chord"),
        ("J", "panel.log", "needed for writing"),
        ("Shift+Up", "panel.log", "needed for writing"),
        ("F", "panel.log", "needed for writing"),
        ("Ctrl+V", "panel.log", "every box of text"),
        ("Alt+A", "message.send", "answers approvals"),
        ("Ctrl+Enter", "panel.log", "can only be message.send"),
        ("Escape", "panel.log", "can only be turn.stop"),
    ],
)
def test_what_cannot_be_used_is_told_and_left_out(written: str, name: str, words: str) -> None:
    found = own_chords({written: name, "F9": "panel.usage"})
    assert {str(one): name for one, name in found.actions.items()} == {"F9": "panel.usage"}
    (told,) = found.troubles
    assert told.startswith("config.toml, [keys]: ")
    assert words in told


def test_no_chord_that_answers_an_approval_is_given_to_anything_else() -> None:
    answers = [keys for keys, _ in APPROVAL_KEYS if "+" in keys]
    assert answers
    assert own_chords(dict.fromkeys(answers, "message.send")).actions == {}


def test_of_two_ways_to_write_a_chord_the_first_holds() -> None:
    found = own_chords({"Ctrl+Alt+J": "panel.log", "alt+ctrl+j": "panel.usage"})
    assert list(found.actions.values()) == ["panel.log"]
    assert "given to panel.log already" in found.troubles[0]


def test_an_action_that_is_none_is_told_with_the_likeliest() -> None:
    told = strangers(own_chords({"F7": "panel.lgo", "F8": "", "F9": "help.keys"}), [a.name for a in ACTIONS])
    words = "there is no action named “panel.lgo”; did you mean panel.log?"
    assert told == (f"config.toml, [keys]: F7: {words} It is not used.",)


class Person:
    """Answers what is asked, and holds what is kept."""

    def __init__(self, written: dict[str, str]) -> None:
        self.written = written
        self.asked: list[Question] = []
        actions = ChordActions(table(own_chords(written)), self.asked.append, lambda: self.written, self.keep)
        self.actions = {one.name: one for one in actions.actions()}

    def keep(self, keys: dict[str, str]) -> None:
        self.written = keys

    def choose(self, title: str) -> None:
        next(one for one in self.asked[-1].choices() if one.title == title).run()

    def types(self, words: str) -> str:
        choice = self.asked[-1].typed(words)
        assert choice is not None
        if not choice.why:
            choice.run()
        return choice.why or choice.title


def test_a_key_is_given_and_taken_back_in_the_window() -> None:
    person = Person({"F6": "panel.log", "nonsense": "panel.log", "F7": "help.keys"})
    person.actions["chords.give"].run()
    person.choose("PANEL.LOG")
    assert "is no chord" in person.types("Hyper+L")
    assert "answers approvals" in person.types("Alt+A")
    assert person.types("ctrl+f") == "Ctrl+F does this instead of “DISCUSSION.FIND”"
    assert person.written == {"nonsense": "panel.log", "F7": "help.keys", "Ctrl+F": "panel.log"}
    person.actions["chords.take_back"].run()
    person.choose("HELP.KEYS")
    assert person.written == {"nonsense": "panel.log", "Ctrl+F": "panel.log"}


def test_keys_are_kept_in_the_file_beside_the_rest(tmp_path: Path) -> None:
    home = Home(root=tmp_path)
    file = '# mine\n[keys]\n"F7" = "help.keys" # often\n"F8" = ""\n"Ctrl+J" = 3\n'
    home.config.write_text(file)
    settings, notices = load_settings(home)
    assert settings.keys == {"F7": "help.keys", "F8": ""}
    assert "line 5, column 1" in notices[0]
    flush_settings(home, settings)
    assert home.config.read_text() == file
    flush_settings(home, replace(settings, keys={**settings.keys, "Ctrl+Shift+J": "panel.log"}))
    assert load_settings(home)[0].keys == {"F7": "help.keys", "F8": "", "Ctrl+Shift+J": "panel.log"}
    assert home.config.read_text().startswith('# mine\n[keys]\n"F7" = "help.keys" # often\n"F8" = ""\n')
    flush_settings(home, replace(settings, keys={}))
    assert load_settings(home)[0].keys == {"F8": ""}
