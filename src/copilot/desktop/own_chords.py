"""The chords that a person gives to actions: `[keys]` of `config.toml`, read. No Dear PyGui here."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from copilot.desktop.action_table import Chord, Modifier, chord
from copilot.desktop.keyboard import key_names
from copilot.vocabulary.frozen import field, frozen
from copilot.vocabulary.text import visible

_MODIFIERS: Mapping[str, Modifier] = {
    "ctrl": "Ctrl",
    "control": "Ctrl",
    "shift": "Shift",
    "alt": "Alt",
}
_WRITING = frozenset(
    chord(f"{held}{key}")
    for held, keys in (
        ("Ctrl+", "A C V X Y Z Left Right Home End Backspace Delete"),
        ("Ctrl+Shift+", "Z Left Right Home End"),
        ("Alt+", "Tab F4"),
    )
    for key in keys.split()
)
"""What boxes of text take themselves, and what desktops do."""

_ANSWERS = frozenset(chord(f"Alt+{key}") for key in "ADEFKLNPRSXY")
"""What answers approvals (`confirm_keys`), not imported here: a torn-off panel has no need of all that."""

_FIXED: Mapping[Chord, str] = {chord("Escape"): "turn.stop", chord("Ctrl+Enter"): "message.send"}
"""What dialogs take in the same sense: no other action may have these."""

EXAMPLE = "Ctrl+Shift+J"


@frozen
class OwnChords:
    """`actions` gives each chord the name of an action, "" for none; `troubles` tell what cannot be used."""

    actions: Mapping[Chord, str] = field(default_factory=dict[Chord, str])
    troubles: tuple[str, ...] = ()


def own_chords(keys: Mapping[str, str]) -> OwnChords:
    """The chords by what the person wrote; of those that mean the same the first holds."""
    actions: dict[Chord, str] = {}
    troubles: list[str] = []
    for written, name in keys.items():
        found = read_chord(written)
        why = found if isinstance(found, str) else chord_trouble(found, name)
        if isinstance(found, Chord) and not why and found in actions:
            why = f"is {found}, which is given to {actions[found] or 'no action'} already"
        if isinstance(found, str) or why:
            troubles.append(_told(f"“{visible(written[:40])}” {why}"))
        else:
            actions[found] = name
    return OwnChords(actions=actions, troubles=tuple(troubles))


def read_chord(words: str) -> Chord | str:
    """What a person writes for a chord, in whatever case; else why it is none."""
    *held, key = [part.strip() for part in words.split("+")]
    modifiers: set[Modifier] = {found for one in held if (found := _MODIFIERS.get(one.lower())) is not None}
    names = {name.lower(): name for name in key_names().values()}
    if len(modifiers) != len(held) or key.lower() not in names:
        return f"is no chord: write Ctrl, Shift or Alt and a key, as in {EXAMPLE}"
    return Chord(frozenset(modifiers), names[key.lower()])


def chord_trouble(own: Chord, name: str) -> str:
    """Why an action cannot have a chord; empty where it can."""
    fixed = _FIXED.get(own)
    if fixed is not None:
        return "" if name == fixed else f"can only be {fixed}: dialogs take it in the same sense"
    if own.key[0] != "F" or not own.key[1:].isdigit():
        if not own.modifiers - {"Shift"}:
            return "is needed for writing and moving: hold Ctrl or Alt, or take F1 to F12"
        if own in _WRITING:
            return "is taken in every box of text, or by the desktop"
    if own in _ANSWERS:
        return "answers approvals: no other action may have it"
    return ""


def strangers(own: OwnChords, names: Iterable[str]) -> tuple[str, ...]:
    """What to tell of chords whose actions are none of these."""
    known = tuple(names)
    told: list[str] = []
    for one, name in own.actions.items():
        if name and name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else "."
            told.append(_told(f"{one}: there is no action named “{visible(name[:60])}”{hint}"))
    return tuple(told)


def _told(words: str) -> str:
    return f"config.toml, [keys]: {words.rstrip('.')}{'' if words.endswith('?') else '.'} It is not used."
