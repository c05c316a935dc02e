"""A slice of `bench/soak/serve.py`: three users, of whom one means harm to the others."""

import threading
from pathlib import Path

import pytest
from hostile_user import CROWD, EATER, KILLER, Hostile
from workspace_play import playing, require_fences


@pytest.mark.whole
def test_a_hostile_user_gets_nothing_and_the_others_notice_nothing(tmp_path: Path) -> None:
    require_fences(tmp_path)
    with playing(tmp_path / "home") as play:
        good = {name: play.person(name) for name in ("anna", "ben")}
        for name, one in good.items():
            play.spaces.write_file(one.user, "work", "f.txt", f"the own words of {name}".encode())
        hostile = Hostile(play, "mallory", play.folder("anna"), ("the own words of",))
        tricks = (
            *(hostile.escape, hostile.junk, hostile.flood, hostile.loosen),
            *((lambda text=text: hostile.script(text)) for text in (hostile.spying(), KILLER, CROWD, EATER)),
        )
        harm = threading.Thread(target=lambda: [hostile.play_trick(trick) for trick in tricks], daemon=True)
        harm.start()
        turns = 0
        while harm.is_alive() or turns < 4:
            for name, one in good.items():
                assert f"the own words of {name}" in one.script("cat f.txt")
                turns += 1
        assert hostile.wins == []
        assert "No such file" in hostile.answers[0]
        assert hostile.refused > 0
        for name, one in good.items():
            other = "ben" if name == "anna" else "anna"
            assert f"the own words of {other}" not in str(one.seen)
            assert play.spaces.read_file(one.user, "work", "f.txt") == f"the own words of {name}".encode()
            one.follow.close()
