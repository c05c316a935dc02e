"""The head of the context panel: what the request weighs and costs, its hash, whether that was sent."""

from functools import partial
from textwrap import wrap

from copilot.desktop import text
from copilot.desktop.gate import Item, dpg
from copilot.desktop.request_check import RequestCheck
from copilot.desktop.request_parts import cost_words
from copilot.desktop.segments import Lines
from copilot.desktop.spending_view import bounds_words
from copilot.desktop.widgets import Action, Icon, Look, clear
from copilot.tokens.prices import Price
from copilot.vocabulary.events import RequestPreviewed
from copilot.vocabulary.frozen import frozen

_TIP_COLUMNS, _BRIEF = 80, 8
"""Characters of a line of what is told where the mouse rests; and of a hash that has little room."""

_TROUBLE, _LOW_TROUBLE, _LOW_HINT = 6, 3, 2
"""Lines of what is wrong or to be done, and of each where the panel is low; all is in a tooltip then."""


@frozen(kw_only=False)
class HeadFacts:
    """What the head shows. `used` and `budget` are tokens of files; `hint` replaces the trouble. `low`: what
    is below the head has little room.

    `exact` is what the provider counted for what is shown; `counting`: it was asked to.
    """

    shown: RequestPreviewed | None
    price: Price | None
    check: RequestCheck | None
    asked: str | None
    used: int
    budget: int
    busy: bool
    hint: str
    large: bool
    width: float
    low: bool = False
    counting: bool = False
    exact: int | None = None


@frozen(kw_only=False)
class HeadActions:
    """What the head's buttons do; `count` also ends a count that is under way."""

    refresh: Action
    resize: Action
    count: Action


class ContextHead:
    """Drawn anew when its facts change."""

    def __init__(self, look: Look, parent: Item, actions: HeadActions) -> None:
        self._look = look
        self._actions = actions
        self._facts: HeadFacts | None = None
        self.item = dpg.add_group(parent=parent)
        look.themes.bind(self.item, "text_lines")

    def show(self, facts: HeadFacts) -> None:
        """Show these."""
        if facts == self._facts:
            return
        self._facts = facts
        clear(self.item)
        self._first_line(facts)
        shown = facts.shown
        if shown is None:
            return
        self._budget_bar(facts)
        lines = Lines(self._look, self.item, facts.width)
        self._money(lines, facts, shown)
        self._hash(lines, facts, shown)
        if shown.left_out:
            number = text.plural(len(shown.left_out), "earlier message")
            item = self._look.text(
                f"without {number}, to fit",
                self.item,
                font=self._look.fonts.small,
                colour=self._look.palette.amber,
            )
            self._look.tip(item, "The discussion marks them; there you can put them back, or sum them up.")
        if facts.hint or shown.trouble:
            self._trouble(
                facts, facts.hint or f"{Icon.WARNING}  {text.told(text.one_line(shown.trouble, 400))}"
            )

    def _trouble(self, facts: HeadFacts, words: str) -> None:
        look, font = self._look, self._look.fonts.small
        few = _LOW_HINT if facts.hint else _LOW_TROUBLE
        cut = look.fit_lines(words, font, facts.width, few if facts.low else _TROUBLE)
        colour = look.palette.dim if facts.hint else look.palette.amber
        item = look.text(cut, self.item, font=font, colour=colour, wrap=0)
        if cut != words:
            look.tip(item, "\n".join(wrap(words, _TIP_COLUMNS)))

    def _first_line(self, facts: HeadFacts) -> None:
        look, fonts = self._look, self._look.fonts
        icons = (Icon.REFRESH, COMPRESS if facts.large else EXPAND)
        right = look.widths(icons, fonts.small, 12)
        row = look.row(self.item, right)
        if facts.shown is None:
            words = look.fitting(_TITLES, fonts.body_bold, facts.width - right - look.px(8))
            look.text(words, row.left, font=fonts.body_bold, colour=look.palette.strong)
        else:
            total = f"{text.count(facts.shown.tokens)} tokens"
            item = look.text(total, row.left, font=fonts.body_bold, colour=look.palette.strong)
            look.tip(item, f"The whole request: about {facts.shown.tokens:,} tokens")
            words = cost_words(facts.shown, facts.price)
            room = facts.width - right - look.size(total, fonts.body_bold)[0] - look.px(16)
            beside = look.size(words, fonts.small)[0] <= room
            where, room = (row.left, room) if beside else (self.item, facts.width)
            look.fitted(words, where, room, font=fonts.small, colour=look.palette.dim)
        look.icon_button(icons[0], row.right, self._actions.refresh, "Make the preview anew  (R)")
        tip = "Back into its panel  (F6)" if facts.large else "Show it large  (F6)"
        look.icon_button(icons[1], row.right, self._actions.resize, tip, tag="context.resize")

    def _budget_bar(self, facts: HeadFacts) -> None:
        look = self._look
        part = min(1.0, facts.used / facts.budget) if facts.budget else 0.0
        place = dpg.add_group(parent=self.item)  # a bar cannot tell that the mouse is on it
        bar = dpg.add_progress_bar(parent=place, default_value=part, width=-1, height=look.px(5))
        look.themes.bind(bar, "bar_over" if facts.used > facts.budget else "bar")
        look.tip(place, f"Chosen files: about {facts.used:,} of the budget of {facts.budget:,} tokens")

    def _money(self, lines: Lines, facts: HeadFacts, shown: RequestPreviewed) -> None:
        """What the request will cost with its answer, and what the provider itself counts."""
        look, font = self._look, self._look.fonts.small
        words = bounds_words(shown.least_usd, shown.most_usd)
        if words:
            line = lines.place(look.size(words, font)[0])
            look.tip(look.text(words, line, font=font, colour=look.palette.dim), _BOUNDS)
        if facts.exact is not None:
            counted = f"{Icon.CHECK} {facts.exact:,} counted"
            line = lines.place(look.size(counted, look.fonts.small_bold)[0])
            item = look.text(counted, line, font=look.fonts.small_bold, colour=look.palette.green)
            look.tip(item, f"Tokens of this request, as {shown.model.provider} counts them")
        elif shown.sha256:
            label = "Counting… stop" if facts.counting else "Count exactly"
            line = lines.place(look.size(label, font)[0])
            button = look.button(label, line, "hash", self._actions.count, font=font, tag="context.count")
            look.tip(button, f"Ask {shown.model.provider} how many tokens this request has")

    def _hash(self, lines: Lines, facts: HeadFacts, shown: RequestPreviewed) -> None:
        look, mono = self._look, self._look.fonts.mono_small
        brief = shown.sha256[:12]
        if brief:
            if not lines.fits(look.size(brief, mono)[0]) and lines.fits(look.size(brief[:_BRIEF], mono)[0]):
                brief = brief[:_BRIEF]
            line = lines.place(look.size(brief, mono)[0])
            copy = partial(dpg.set_clipboard_text, shown.sha256)
            button = look.button(brief, line, "hash", copy, font=mono, tag="context.hash")
            look.tip(button, f"SHA-256 of the body that would be sent:\n{shown.sha256}\nClick copies it.")
        if facts.busy:
            line = lines.place(look.size(_UPDATING, look.fonts.small)[0])
            look.text(_UPDATING, line, font=look.fonts.small, colour=look.palette.faint)
        elif facts.check is not None:
            self._verdict(lines, facts.check, facts)

    def _verdict(self, lines: Lines, check: RequestCheck, facts: HeadFacts) -> None:
        look, bold = self._look, self._look.fonts.small_bold
        if check.verdict == "same":
            line = lines.place(look.size(_SENT, bold)[0])
            item = look.text(_SENT, line, font=bold, colour=look.palette.green)
            look.tip(item, f"What was sent last had exactly the hash of its preview:\n{check.sha256}")
        elif check.verdict in ("differs", "unseen"):
            mark = "differs" if check.verdict == "differs" else "not previewed"
            if facts.large:
                mark += f": {check.reason(facts.asked)}"
            mark = f"{Icon.WARNING} {mark}"
            line = lines.place(look.size(mark, bold)[0])
            item = look.text(mark, line, font=bold, colour=look.palette.amber)
            shown = check.preview.sha256 if check.preview is not None else ""
            words = f"Sent:  {check.sha256}\nShown: {shown or 'nothing'}"
            look.tip(
                item, f"What was sent last was not what was shown: {check.reason(facts.asked)}.\n{words}"
            )


_BOUNDS = (
    "What this request costs with its answer.\n"
    "At least: all that was sent before is read from the cache, the answer is one word.\n"
    "At most: nothing is cached, the answer is as long as it may be."
)
_TITLES = ("The next request", "Next request")
_UPDATING = "updating…"
_SENT = f"{Icon.CHECK} sent as shown"
EXPAND, COMPRESS = "\uf065", "\uf066"
