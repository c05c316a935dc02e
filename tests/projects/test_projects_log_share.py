"""What the log of a session has of a long discussion: its newest part, whole branches, and every change."""

from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st
from test_projects_history import SMALL, grown, opened, said

from copilot.desktop.view_state import ViewState, apply
from copilot.projects.branching import added_to, edited, forked, rewound, without
from copilot.projects.home import Home
from copilot.projects.taking_in import taken_in
from copilot.vocabulary import events as e
from copilot.vocabulary.abridged import EARLIER, Abridging, stands_in
from copilot.vocabulary.codec import decode_event, encode_event
from copilot.vocabulary.frozen import replace
from copilot.vocabulary.messages import Branch, Discussion

STEPS = st.lists(
    st.tuples(st.sampled_from(["keep", "fork", "edit", "delete", "again"]), st.integers(1, 20)), max_size=6
)


@settings(max_examples=15, deadline=None)
@given(steps=STEPS)
def test_the_log_has_every_branch_whole_from_some_message_on(
    tmp_path_factory, steps: list[tuple[str, int]]
) -> None:
    home = Home(root=tmp_path_factory.mktemp("log")).make()
    with opened(home) as store:
        for at in range(1, 21):
            store.keep_message("main", said(at))
    names = (f"n{number}" for number in count())
    log, shown = Abridging(), ViewState()
    with opened(home) as store:
        events: list[e.Event] = [e.ProjectOpened(at=0.0, worker="w", project=store.project)]
        for step, number in steps:
            before = store.project.discussion
            path = before.path("main")
            name = path[min(number, len(path)) - 1].id
            match step:
                case "keep":
                    message = replace(said(1), id=next(names), parent=path[-1].id)
                    store.keep_message("main", message)
                    events.append(e.MessageKept(at=0.0, worker="w", branch="main", message=message))
                    continue
                case "fork":
                    after = forked(before, next(names), name, switch=False)
                case "edit":
                    after = edited(before, "main", name, f"other {number}", lambda: next(names))
                case "delete":
                    after = without(before, "main", [name], lambda: next(names)) if len(path) > 2 else before
                case _:
                    after = rewound(before, "main", name)[0] if len(path) > 2 and number > 1 else before
            added = added_to(before, after)
            store.change(replace(store.project, discussion=after), added)
            events.append(
                e.ProjectChanged(at=0.0, worker="w", request_id="r", project=store.project, added=added)
            )
        for event in events:
            shown = apply(shown, decode_event(encode_event(log.told(event))))
        assert shown.project is not None
        logged, real = shown.project.discussion, store.project.discussion
        assert logged.branches == real.branches
        for branch in real.branches:
            told, there = logged.path(branch.name), real.path(branch.name)
            cut = len(told) - 1 if told and stands_in(told[0]) else len(told)
            assert [one.id for one in told] == [one.id for one in there][-len(told) :]
            assert told[len(told) - cut :] == there[len(there) - cut :]
            assert shown.path_of(branch.name) == told
        # Taken into the project again, what stands for its history is its history.
        tip = logged.path("main")[-1].id if logged.path("main") else None
        other = Discussion(
            messages=logged.path("main"), branches=(Branch(name="main", tip=tip),), active="main"
        )
        found = taken_in(real, other, lambda: next(names))
        assert found.added == ()
        assert found.discussion.path(found.branches[0]) == real.path("main")


def test_a_short_discussion_is_logged_whole(tmp_path) -> None:
    home = Home(root=tmp_path).make()
    messages = grown(home, SMALL.most_messages)
    with opened(home) as store:
        event = e.ProjectOpened(at=0.0, worker="w", project=store.project)
        assert Abridging().told(event) is event
    grown(home, 30, "long")
    with opened(home, "long") as store:
        event = Abridging().told(e.ProjectOpened(at=0.0, worker="w", project=store.project))
        assert isinstance(event, e.ProjectOpened)
        told = event.project.discussion.messages
    assert len(told) <= SMALL.most_messages + 1
    assert told[0].text == EARLIER
    assert [message.text for message in told[1:]] == [f"words {n}" for n in range(32 - len(told), 31)]
    assert len(messages) == SMALL.most_messages
