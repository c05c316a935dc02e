"""The keys of the approval dialog, as the list of all keys shows them."""

from copilot.desktop.confirm_hunks import HUNK_KEYS
from copilot.desktop.confirm_preview import PREVIEW_KEYS
from copilot.desktop.confirm_reading import READING_KEYS
from copilot.desktop.confirm_rule import RULE_KEYS

APPROVAL_KEYS = (
    ("Alt+A", "Approve what is asked for"),
    ("Escape", "Reject it"),
    ("Alt+E", "Change it first"),
    ("Alt+R", "Write a reason for a rejection"),
    ("Alt+D", "The change, or the whole new content"),
    ("Alt+S", "Stop the turn"),
    ("Alt+N", "The next one that waits; this one later"),
    ("PageUp", "Scroll up; PageDown: down"),
    *HUNK_KEYS,
    *READING_KEYS,
    *PREVIEW_KEYS,
    *RULE_KEYS,
)
"""What is taken while an approval waits, once no key was pressed for a moment."""
