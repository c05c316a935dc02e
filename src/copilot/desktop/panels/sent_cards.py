"""The quiet lines where what is sent of a discussion begins, and what is shown; a summary's card."""

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.panels.actions import Actions
from copilot.desktop.sent_marks import SentMark
from copilot.desktop.widgets import Action, Icon, Look
from copilot.vocabulary.commands import PutBack, Release
from copilot.vocabulary.messages import Summary


class SentCards:
    """`branch` tells which branch is shown."""

    def __init__(self, look: Look, actions: Actions) -> None:
        self._look = look
        self._actions = actions
        self.branch = ""

    def draw_mark(self, mark: SentMark, parent: Item) -> None:
        """A line with what can be done about it."""
        look = self._look
        line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(8))
        held = mark.kind == "held"
        look.text(Icon.PIN if held else Icon.HISTORY, line, font=look.fonts.small, colour=look.palette.faint)
        look.text(mark.words, line, font=look.fonts.small, colour=look.palette.dim)
        name = mark.messages[-1]
        if mark.kind == "summed_up" or self._actions.recording is not None:
            return
        if held:
            button = look.button(
                "Release", line, "icon", lambda: self.release(mark.messages), tag=f"release.{name}"
            )
            look.tip(button, "No longer hold them: they are left out first again where not all fits")
            return
        button = look.button(
            "Put back", line, "icon", lambda: self.put_back(mark.messages), tag=f"put_back.{name}"
        )
        look.tip(button, "Send them again from the next request on; others are left out instead")
        button = look.button("Sum up", line, "icon", self._actions.sum_up, tag=f"sum_up.{name}")
        look.tip(button, "Have the model write a summary that is sent in their place")

    def draw_earlier(self, number: int, parent: Item, show: Action) -> None:
        """What comes before the first message that is shown."""
        look = self._look
        line = dpg.add_group(parent=parent, horizontal=True, horizontal_spacing=look.px(8))
        look.text(Icon.HISTORY, line, font=look.fonts.small, colour=look.palette.faint)
        words = f"{text.plural(number, 'earlier message')}"
        look.text(words, line, font=look.fonts.small, colour=look.palette.dim)
        button = look.button("Show more", line, "icon", show, tag="discussion.earlier")
        look.tip(button, "Read more of them; so does scrolling up")

    def draw_summary(self, summary: Summary, parent: Item) -> None:
        """What a summary stands for."""
        number = text.plural(len(summary.covers), "earlier message")
        words = f"Sent in place of {number}. They stay here; a branch from before the summary has them back."
        look = self._look
        look.text(words, parent, font=look.fonts.small, colour=look.palette.faint, wrap=0)

    def put_back(self, messages: tuple[str, ...]) -> None:
        """Send these again from the next request on."""
        actions = self._actions
        actions.submit(PutBack(request_id=actions.new_id(), branch=self.branch, messages=messages))

    def release(self, messages: tuple[str, ...]) -> None:
        """No longer hold these."""
        actions = self._actions
        actions.submit(Release(request_id=actions.new_id(), branch=self.branch, messages=messages))
