"""What a person lets be spent, in USD."""

from typing import Literal

from copilot.vocabulary.frozen import frozen

CapScope = Literal["turn", "project", "day"]
CAP_SCOPES: tuple[CapScope, ...] = ("turn", "project", "day")


@frozen
class Caps:
    """At most so much in one turn, for a project in all, on one day for all projects. None: no cap."""

    turn_usd: float | None = None
    project_usd: float | None = None
    day_usd: float | None = None

    @property
    def any(self) -> bool:
        """Whether there is a cap at all."""
        return (self.turn_usd, self.project_usd, self.day_usd) != (None, None, None)

    def of(self, scope: CapScope) -> float | None:
        """The cap of one scope."""
        match scope:
            case "turn":
                return self.turn_usd
            case "project":
                return self.project_usd
            case "day":
                return self.day_usd

    def lowered(self, by: "Caps") -> "Caps":
        """The lower of each two: a project may be stricter than its person, never looser."""
        if not by.any:
            return self
        return Caps(
            turn_usd=_lower(self.turn_usd, by.turn_usd),
            project_usd=_lower(self.project_usd, by.project_usd),
            day_usd=_lower(self.day_usd, by.day_usd),
        )


def _lower(one: float | None, other: float | None) -> float | None:
    return min((cap for cap in (one, other) if cap is not None), default=None)
