"""The fences and previews of one program: where their private folders lie, what of ours no run may touch."""

from collections.abc import Collection, Mapping

from copilot.ai.previewing import Previews
from copilot.assembly.surroundings import Walls
from copilot.projects.home import Home
from copilot.shell.confine.fences import Fences
from copilot.vocabulary.confinement import RunSettings


def fences_of(
    home: Home,
    environ: Mapping[str, str],
    platform: str,
    settings: RunSettings,
    walls: Walls | None = None,
) -> Fences:
    """Found out on the first call of `here`. Nothing is looked at yet."""
    own = (
        *(home.config, home.env_file, home.projects, home.prompts, home.md_gen, home.logs),
        *(home.scripts.parent, home.state, home.layout, home.layouts),
    )
    return Fences(
        home.previews,
        environ,
        platform,
        settings=settings,
        own=own,
        shut=walls.shut if walls is not None else (),
        only=walls is not None and not walls.unconfined,
    )


def previews_of(
    home: Home,
    environ: Mapping[str, str],
    platform: str,
    settings: RunSettings,
    keys: Collection[str],
    walls: Walls | None = None,
) -> Previews:
    """What previews the runs of a session, and fences them in."""
    return Previews(fences_of(home, environ, platform, settings, walls), environ, platform, keys)
