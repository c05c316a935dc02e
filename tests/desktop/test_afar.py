"""The window of a server's project: what stays away, what goes there, what is kept. Needs no display."""

from hashlib import sha256
from pathlib import Path

import pytest
from plays import details
from scripted import ScriptedDesk, scripted_desk

from copilot.cli.remote_window import folder_for, words_for
from copilot.desktop.action_table import NamedAction
from copilot.desktop.afar import AWAY, Afar, PostedFolder, held, lost_words
from copilot.desktop.confirm_dialog import ConfirmQueue
from copilot.desktop.controller import Controller
from copilot.desktop.panel_table import PANELS
from copilot.desktop.preview_words import CHOICES, choices_of
from copilot.desktop.tool_call_view import ToolCallView, with_known
from copilot.projects.config import Settings, load_settings
from copilot.projects.home import Annex, Home
from copilot.projects.settings import Theme
from copilot.vocabulary.approvals import ApprovalPolicy, ConfirmDialog
from copilot.vocabulary.confinement import Confinement, Fence
from copilot.vocabulary.errors import NetworkError
from copilot.vocabulary.events import CommandFailed, ProjectOpened
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Attachment
from copilot.vocabulary.values import ModelChoice, Project

MODEL = ModelChoice(provider="anthropic", model="m")
PICTURE = Attachment(name="a.gif", media_type="image/gif", size=6, sha256=sha256(b"GIF89a").hexdigest())


class There:
    """A server as far as the window knows it."""

    def __init__(self) -> None:
        self.trouble = ""
        self.kept: list[str] = []

    def keep(self, part: Attachment, data: bytes) -> None:
        if self.trouble:
            raise NetworkError(self.trouble)
        assert data
        self.kept.append(part.name)

    def afar(self) -> Afar:
        return Afar(
            server="team.example",
            own_home=Path("nowhere"),
            trouble=lambda: self.trouble,
            keep=self.keep,
            projects=tuple,
            open_project=lambda name: f"{name} cannot be opened",
        )


def window(folder: Path, there: There) -> tuple[Controller, ScriptedDesk]:
    desk = scripted_desk(folder / "annex", (), lambda _command: (), model=MODEL)
    own = Home(root=folder / "own").make()
    desk.home = Annex(root=folder / "annex", own=own)
    return Controller(desk, ApprovalPolicy(), lambda: 1.0, lambda: "id", there.afar()), desk


def notices(control: Controller) -> list[str]:
    return [one.text for one in control.state.notices]


def test_nothing_is_sent_while_the_server_is_away_and_that_is_said_for_so_long(tmp_path: Path) -> None:
    there = There()
    control, desk = window(tmp_path, there)
    control.take(ProjectOpened(at=1.0, worker="w", project=Project(name="one", base_dir="team.example:/b")))
    before = len(desk.worker.commands)
    there.trouble = "the connection broke"
    control.look_afar()
    assert not control.send("hello", ())
    assert len(desk.worker.commands) == before
    assert ["team.example" in words for words in notices(control)] == [True, True]
    there.trouble = ""
    control.look_afar()
    assert notices(control) == []
    assert control.send("hello", ())


def test_what_is_chosen_there_is_not_the_persons_choice_for_here(tmp_path: Path) -> None:
    control, _ = window(tmp_path, There())
    own = Home(root=tmp_path / "own")
    own.config.write_text('provider = "gemini"\nproject = "mine"\n')
    control.choose_model(replace(MODEL, model="another"))
    control.save_last_settings()
    assert own.config.read_text() == 'provider = "gemini"\nproject = "mine"\n'
    assert control.model.model == "another"
    light: Theme = "light"
    control.change_settings(replace(control.settings, theme=light))
    control.save_last_settings()
    settings, _ = load_settings(own)
    assert (settings.theme, settings.provider, settings.project) == ("light", "gemini", "mine")
    assert not (tmp_path / "annex" / "config.toml").exists()
    assert Settings().theme != "light"


def test_an_attachment_is_the_servers_before_it_is_attached(tmp_path: Path) -> None:
    there = There()
    folder = PostedFolder(tmp_path, there.keep)
    folder.keep(PICTURE, b"GIF89a")
    assert (there.kept, folder.there(PICTURE)) == (["a.gif"], True)
    there.trouble = "away"
    other = replace(PICTURE, sha256=sha256(b"GIF87a").hexdigest())
    with pytest.raises(NetworkError):
        folder.keep(other, b"GIF87a")
    assert not folder.there(other)


def test_what_needs_the_files_of_the_server_says_why_it_cannot_be_done() -> None:
    actions = [NamedAction(name=name, title="", run=lambda: None) for name in ("branch.export", "turn.stop")]
    export, stop = held(actions, "team.example")
    assert not export.enabled()
    assert "team.example" in export.why
    assert stop is actions[1]
    assert set(AWAY) < {one.name for one in PANELS}
    assert lost_words(There().afar()) == ""


def test_an_answer_that_never_arrived_is_asked_for_again_on_the_server_that_is_named() -> None:
    asked = ConfirmDialog(
        request_id="r", turn_id="t", branch="main", call_id="c", tool="run_shell", detail=details()["script"]
    )
    queue = ConfirmQueue("team.example")
    queue.wait_for((asked,))
    shown = queue.show(asked)
    assert shown.view.facts[0] == ("Server", "team.example")
    shown.seen_at = 0.0
    assert queue.arm(9.0)
    assert queue.decide("approve", "") is not None
    assert queue.following() is None
    failed = (CommandFailed(at=1.0, worker="", request_id="r", message="away"),)
    queue.hear(failed)
    assert queue.following() == asked
    queue.show(asked).seen_at = 10.0
    assert queue.arm(19.0)
    assert queue.decide("reject", "") is not None
    queue.hear(failed)  # the same one once more
    assert queue.following() is None


@pytest.mark.parametrize(("network", "ways"), [(False, CHOICES[:1]), (True, CHOICES[:2])])
def test_no_looser_fence_can_be_chosen_than_the_servers(network: bool, ways: object) -> None:
    here = Confinement(files=True, network=True)
    assert choices_of(Fence(confined=True, network=network, here=here), afar=True) == ways


def test_what_was_seen_of_calls_stays_when_the_project_is_opened_again() -> None:
    done = ToolCallView(call_id="a", name="run_shell", at=1.0, status="ok", stdout="seen")
    running = ToolCallView(call_id="b", name="run_shell", at=2.0, status="running")
    ended, missed = replace(running, status="ok"), replace(running, call_id="c")
    assert with_known((), (done,)) == (done,)
    found = (replace(done, stdout=""), ended, missed)
    assert with_known((done, running), found) == (done, ended, missed)


def test_each_window_has_a_folder_of_its_own_that_stays_the_same() -> None:
    place = "https://team.example:8443"
    assert folder_for(place, "ada", "../shop") == folder_for(f"{place}/", "ada", "../shop")
    assert folder_for(place, "ada", "../shop").startswith("team.example-8443-shop-")
    others = {folder_for(place, "bob", "shop"), folder_for("http://localhost:1", "ada", "shop")}
    assert len({*others, folder_for(place, "ada", "shop"), folder_for("s", "ada", "shop")}) == 4
    assert (words_for(place), words_for("/run/s")) == ("team.example:8443", "this machine's server")
