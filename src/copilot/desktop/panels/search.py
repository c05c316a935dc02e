"""Searching everything that was said and done, in all projects, as the person types."""

from collections.abc import Callable

from copilot.desktop import text
from copilot.desktop.action_table import NamedAction
from copilot.desktop.choice_list import ChoiceList, ChoiceRow
from copilot.desktop.gate import dpg
from copilot.desktop.keyboard import Press
from copilot.desktop.overlay import Overlay
from copilot.desktop.panels.panel import Over
from copilot.desktop.project_shelf import ago
from copilot.desktop.searching import LIMIT, Searching
from copilot.desktop.segments import fit_segments
from copilot.desktop.view_state import ViewState
from copilot.desktop.widgets import Icon, Look, on
from copilot.vocabulary.search_values import SearchAsked, SearchHit, SearchKind

WIDTH, HEIGHT = 860, 600
BOX, LIST = "search.words", "search.list"
_ROW = 52
_FOOT = 112
"""Pixels at scale 1 that box, filters and foot take."""
_WORDS = 96
"""Pixels that what is said in place of the list takes."""

KINDS: tuple[tuple[SearchKind | None, str], ...] = (
    (None, "Everything"),
    ("message", "Messages"),
    ("script", "Scripts"),
    ("result", "Results"),
)
_ICONS: dict[SearchKind, str] = {"message": Icon.PERSON, "script": Icon.TERMINAL, "result": Icon.LIST}
_HERE = "This project"
_EMPTY = (
    "Type to search every discussion, script and result of all your projects.\n\n"
    "A word is found by its beginning. “Words between quotes” stand beside each other, and a word after"
    " a hyphen must not be there."
)


class Search(Over):
    """Made once; `open` shows it. `go` goes to what was chosen; `clock` gives UTC seconds."""

    def __init__(
        self,
        look: Look,
        searching: Searching,
        go: Callable[[SearchHit], None],
        clock: Callable[[], float],
    ) -> None:
        self._look = look
        self._searching = searching
        self._go = go
        self._clock = clock
        self._kind: SearchKind | None = None
        self._here = False
        self._project = ""
        self._shown: tuple[SearchHit, ...] = ()
        self._over = Overlay(look, "search", WIDTH, HEIGHT)
        window = self._over.window
        line = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(10))
        look.text(Icon.SEARCH, line, colour=look.palette.accent)
        hint = "Search all projects"
        self._box = dpg.add_input_text(parent=line, tag=BOX, width=-1, hint=hint, callback=on(self._typed))
        filters = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(4))
        self._kinds = {
            kind: look.button(
                words, filters, "choice_off", self._chooser(kind), tag=f"search.kind.{words.lower()}"
            )
            for kind, words in KINDS
        }
        look.gap(filters, width=10)
        self._scope = look.button(_HERE, filters, "choice_off", self._turn_scope, tag="search.here")
        self._nothing = look.text("", window, colour=look.palette.dim, wrap=0)
        self._list = ChoiceList(look, window, LIST, self._take, height=_ROW)
        foot = dpg.add_group(parent=window, horizontal=True, horizontal_spacing=look.px(10))
        self._said = look.text("", foot, font=look.fonts.small, colour=look.palette.faint)
        self._stop = look.button("Stop", foot, "ghost", searching.stop, tag="search.stop", show=False)
        self._paint_filters()

    def actions(self) -> tuple[NamedAction, ...]:
        """By name."""
        return (
            NamedAction(
                name="search.open",
                title="Search all projects…",
                run=self.open,
                keys="Ctrl+Shift+F",
                group="Edit",
                words="find history messages scripts results full text",
            ),
        )

    def open(self) -> None:
        """Show it with what was looked for last, and read what changed since."""
        self._over.show(caret=self._box)
        labels = [*(words for _, words in KINDS), _HERE]
        fit_segments(self._look, (*self._kinds.values(), self._scope), labels, self._look.px(WIDTH - 60))
        self._searching.read()
        self._searching.changed = True

    def close(self) -> None:
        """Hide it; what is being read goes on."""
        self._over.hide()

    def refresh(self, state: ViewState) -> None:
        """Know which project this window is on."""
        self._project = state.project.name if state.project is not None else ""

    def tick(self) -> bool:
        """Once a frame; True while something is under way."""
        if not self.opened:
            return False
        moving = self._searching.tick()
        if self._searching.changed:
            self._searching.changed = False
            self._draw()
        self._fit()
        if self._shown:
            moving |= self._list.tick()
        return moving

    def key(self, press: Press) -> None:
        """Up and Down move, Enter goes there, Tab changes what is searched, Escape closes."""
        match press.chord.key:
            case "Escape" if not press.again:
                self.close()
            case "Enter" if not press.again:
                self._take(self._list.cursor)
            case "Up" | "Down":
                self._list.move(-1 if press.chord.key == "Up" else 1)
            case "PageUp" | "PageDown":
                self._list.page(-1 if press.chord.key == "PageUp" else 1)
            case "Tab" if not press.again:
                self._turn_kind(-1 if "Shift" in press.chord.modifiers else 1)
            case _:
                pass

    def _typed(self) -> None:
        self._ask()

    def _ask(self) -> None:
        self._searching.ask(
            SearchAsked(
                words=str(dpg.get_value(self._box) or ""),
                project=self._project if self._here else None,
                kind=self._kind,
                limit=LIMIT,
            )
        )

    def _chooser(self, kind: SearchKind | None) -> Callable[[], None]:
        def choose() -> None:
            self._kind = kind
            self._paint_filters()
            self._ask()

        return choose

    def _turn_kind(self, by: int) -> None:
        kinds: list[SearchKind | None] = [kind for kind, _ in KINDS]
        self._chooser(kinds[(kinds.index(self._kind) + by) % len(kinds)])()

    def _turn_scope(self) -> None:
        self._here = not self._here
        self._paint_filters()
        self._ask()

    def _paint_filters(self) -> None:
        for kind, item in self._kinds.items():
            self._look.themes.bind(item, "choice_on" if kind == self._kind else "choice_off")
        self._look.themes.bind(self._scope, "choice_on" if self._here else "choice_off")

    def _take(self, number: int) -> None:
        hits = self._searching.found.hits
        if not 0 <= number < len(hits):
            return
        hit = hits[number]
        if hit.archived:
            self._searching.told = (
                f"{hit.project} was put away: bring it back among the projects to go there."
            )
        elif not hit.message:
            self._searching.told = f"No discussion has it any more. It is in {hit.path}"
        else:
            self.close()
            self._go(hit)
        self._searching.changed = True

    def _draw(self) -> None:
        found, searching = self._searching.found, self._searching
        self._show(found.hits)
        asked = bool(searching.answered.words.strip())
        nothing = found.trouble or (self._nothing_words() if asked else _EMPTY)
        dpg.set_value(self._nothing, nothing)
        dpg.configure_item(self._nothing, show=not found.hits)
        dpg.configure_item(self._list.box, show=bool(found.hits))
        dpg.set_value(self._said, text.one_line(self._foot(), 200))
        dpg.configure_item(self._stop, show=searching.reading and searching.progress[1] > 0)

    def _nothing_words(self) -> str:
        """Nothing was found; where only a part was looked at, how to look elsewhere."""
        asked = self._searching.answered
        among = f" among the {asked.kind}s" if asked.kind else ""
        here = " in this project" if asked.project is not None else ""
        more = " Tab looks elsewhere." if among else " Click “This project” to look in all." if here else ""
        return f"Nothing has these words{among}{here}.{more}"

    def _fit(self) -> None:
        """As high as what was found needs, and the window allows."""
        px = self._look.px
        room = min(px(HEIGHT), dpg.get_viewport_client_height() - px(80)) - px(_FOOT)
        rows = min(room, len(self._shown) * self._list.height)
        self._list.place(rows)
        if dpg.get_item_height(self._over.window) != (high := int(rows or px(_WORDS)) + px(_FOOT)):
            dpg.configure_item(self._over.window, height=high)

    def _show(self, hits: tuple[SearchHit, ...]) -> None:
        if hits is not self._shown:
            self._shown = hits
            self._list.show([self._row(hit) for hit in hits])

    def _foot(self) -> str:
        searching = self._searching
        done, of = searching.progress
        if searching.reading and of:
            return f"Reading what is new: {done / 1e6:,.1f} of {of / 1e6:,.1f} MB"
        if searching.told:
            return searching.told
        count = len(searching.found.hits)
        if not count:
            return "Tab changes what is searched, Escape closes"
        more = " newest" if searching.found.more else ""
        return f"{count:,}{more} found. Enter goes there, Tab changes what is searched, Escape closes"

    def _row(self, hit: SearchHit) -> ChoiceRow:
        lit = tuple(at for begin, end in hit.lit for at in range(begin, end))
        where = [hit.project, "put away" if hit.archived else hit.branch, hit.title]
        return ChoiceRow(
            title=hit.snippet,
            lit=lit,
            icon=_ICONS[hit.kind],
            under=" · ".join(text.one_line(one, 60) for one in where if one),
            note=ago(max(0.0, self._clock() - hit.at)),
        )
