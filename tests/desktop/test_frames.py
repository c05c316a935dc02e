"""What the loops of all windows share."""

from copilot.desktop.frames import CLICK_SECONDS, Click


def test_a_click_holds_the_screen_until_the_mouse_lets_go_or_is_held() -> None:
    now, down = 0.0, False
    click = Click(lambda: now, lambda: down)
    assert not click.holds()
    down = True
    assert click.holds()
    now = CLICK_SECONDS / 2
    assert click.holds()
    now = CLICK_SECONDS
    assert not click.holds()  # a drag: the screen goes on under it
    down = False
    assert not click.holds()
    down, now = True, 10.0
    assert click.holds()
