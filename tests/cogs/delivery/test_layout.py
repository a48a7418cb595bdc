"""What people get to see of an answer, message by message."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.calls import Operation
from bot.domain.chat import ChatParameters, ParameterChanged, TokenLogprob
from bot.domain.conversations import Answering, Produced, Turn, TurnState, TurnView
from bot.domain.errors import ServerFaultError
from bot.domain.ids import ConversationId, TurnId
from cogs._layout import Layout, Room
from cogs._posts import Body
from tests.factories import A_QUESTION, NOON


def a_view(state: TurnState = TurnState.DONE, **changes: Any) -> TurnView:
    turn = Turn(
        id=TurnId(7),
        conversation=ConversationId(1),
        seq=1,
        source=A_QUESTION.source,
        place=A_QUESTION.place,
        guild=A_QUESTION.guild,
        channel=A_QUESTION.channel,
        asker=A_QUESTION.author.user,
        payer=A_QUESTION.author.user,
        locale="en-US",
        private=False,
        state=state,
        attempt=1,
        choice=0,
        attempts=1,
        answering=Answering(),
        attachments=(),
        created_at=NOON,
    )
    of_turn = {key: changes.pop(key) for key in ("attempt", "attempts", "choice", "answering")
               if key in changes}  # fmt: skip
    return replace(TurnView(turn=replace(turn, **of_turn), version=1, state=state), **changes)


def labels(body: Body) -> list[str]:
    return [b["label"] for row in body.components or () for b in row["components"]]


def test_who_waits_sees_how_many_are_ahead_and_may_stop() -> None:
    (body,) = Layout().bodies(a_view(TurnState.QUEUED, place=2), posted=0)

    assert body.content == "-# 2 questions ahead"
    assert labels(body) == ["Stop"]


def test_pictures_are_shown_while_they_are_drawn_with_buttons_to_go_on_at_the_end() -> None:
    picture = Produced(name="picture-1.png", mime="image/png", data=b"1", description="a" * 2000)
    preview = Produced(name="region.webp", mime="image/webp", data=b"2")
    drawing = Answering(operation=Operation.IMAGE_EDIT)
    running = a_view(TurnState.RUNNING, files=(picture,), answering=drawing)
    done = a_view(files=(picture, preview), answering=drawing, attempts=2, logged=True)

    (while_drawn,) = Layout().bodies(running, posted=0)
    (end,) = Layout().bodies(done, posted=1)

    assert while_drawn.content == "-# Drawing…"
    assert [each.name for each in while_drawn.files or ()] == ["picture-1.png"]
    assert [len(each.description or "") for each in end.files or ()] == [1024, 0]
    rows = [len(row["components"]) for row in end.components or ()]
    assert (rows, labels(end)[:4]) == ([4, 3], ["Again", "Vary", "Edit", "Show API call"])
    ids = [b["custom_id"] for row in end.components or () for b in row["components"]]
    assert {"retry:7", "vary:7:1:1:0", "redraw:7:1:1:0"} <= set(ids)


def test_where_no_files_may_be_attached_that_is_said_instead_of_tried_again() -> None:
    picture = Produced(name="picture-1.png", mime="image/png", data=b"1")
    drawing = Answering(operation=Operation.IMAGE_GENERATION)
    running = a_view(TurnState.RUNNING, files=(picture,), answering=drawing)
    done = a_view(files=(picture,), answering=drawing)

    (while_drawn,) = Layout().bodies(running, posted=0, room=Room(files=False))
    (end,) = Layout().bodies(done, posted=1, room=Room(files=False))

    assert while_drawn.files is None
    assert not end.files
    assert "may not attach files" in (end.content or "")


def test_reasoning_is_counted_while_it_runs_and_then_folded_into_a_file() -> None:
    thinking = a_view(TurnState.RUNNING, reasoning=("hmm\nwell\nyes",))
    done = a_view(texts=("Answer",), reasoning=("hmm\nwell\nyes",))

    (first,) = Layout().bodies(thinking, posted=0)
    (last,) = Layout().bodies(done, posted=1)
    (without,) = Layout().bodies(done, posted=1, room=Room(files=False))

    assert first.content == "-# Thinking… (3 lines)"
    assert last.content == "Answer"
    assert [(file.name, file.data) for file in last.files or ()] == [
        ("reasoning.md", b"hmm\nwell\nyes")
    ]
    assert without.content == "Answer\n-# 3 lines of reasoning"


@given(
    st.lists(
        st.sampled_from(
            ["```py\n", "```\n", "line\n" * 30, "word " * 90, "> said ", "||", "| a | b |\n"]
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(30, 900),
)
@settings(max_examples=60, deadline=None)
def test_messages_that_are_left_behind_never_change_while_the_answer_grows(
    pieces: list[str], step: int
) -> None:
    text = "".join(pieces)
    layout = Layout()
    posted: list[str | None] = []

    for at in range(step, len(text) + step, step):
        running = a_view(TurnState.RUNNING, texts=(text[:at],))
        bodies = layout.bodies(running, posted=len(posted))
        contents = [body.content for body in bodies]
        assert contents[: len(posted) - 1] == posted[:-1]
        assert all(not body.components for body in bodies[:-1])
        posted = contents
    ended = layout.bodies(a_view(texts=(text,)), posted=len(posted))

    assert [body.content for body in ended][: len(posted) - 1] == posted[:-1]
    assert ended == Layout().bodies(a_view(texts=(text,)), posted=len(posted))


def test_several_choices_are_pages() -> None:
    view = a_view(
        texts=("one", "two"), choice=1, answering=Answering(parameters=ChatParameters(n=2))
    )

    (body,) = Layout().bodies(view, posted=0)

    assert body.content == "two"
    assert labels(body) == ["Retry", "◀", "2/2", "▶"]
    assert body.components
    row = body.components[0]["components"]
    assert [b["custom_id"] for b in row][1:] == ["page:7:1:0", "at:7", "page:7:2:0"]
    assert [b["disabled"] for b in row] == [False, False, True, True]


def test_notices_and_errors_stand_in_an_embed_and_never_in_the_text() -> None:
    view = a_view(
        TurnState.FAILED,
        texts=("Half",),
        notices=(ParameterChanged(parameter="seed"),),
        error=ServerFaultError(status=500),
    )

    (body,) = Layout().bodies(view, posted=1)

    assert body.content == "Half"
    assert body.embeds
    (embed,) = body.embeds
    assert "`seed`" in embed["description"]
    assert "500" in embed["description"]


@pytest.mark.parametrize("locale", ["zh-CN", "zh-TW"])
def test_buttons_speak_the_askers_language_where_there_is_a_translation(locale: str) -> None:
    english = a_view(texts=("x",))
    view = replace(english, turn=replace(english.turn, locale=locale))

    (body,) = Layout().bodies(view, posted=0)

    assert len(labels(body)) == 1


def test_logprobs_come_as_a_table_and_a_file() -> None:
    tokens = (TokenLogprob(token="Hi", logprob=-0.1, top=(("Hi", -0.1), ("Yo", -2.3))),)
    view = a_view(texts=("Hi",), logprobs=(tokens,))

    (body,) = Layout().bodies(view, posted=0)

    assert [file.name for file in body.files or ()] == ["logprobs.json"]
    assert body.embeds
    assert "90.5%" in str(body.embeds[0]["fields"])


def test_what_is_read_already_stays_when_the_whole_becomes_a_file() -> None:
    text = "word " * 4000

    streamed = Layout().bodies(a_view(texts=(text,)), posted=5)
    at_once = Layout().bodies(a_view(texts=(text,)), posted=1)

    assert [len(streamed), len(at_once)] == [5, 1]
    for bodies in (streamed, at_once):
        files = bodies[-1].files
        assert files
        assert files[0].data.decode() == text


def test_an_empty_answer_says_so() -> None:
    (body,) = Layout().bodies(a_view(texts=("  \n",)), posted=0)

    assert body.embeds
    assert labels(body) == ["Retry"]


def test_while_no_message_may_be_added_the_last_one_offers_the_rest() -> None:
    view = a_view(TurnState.RUNNING, texts=("word " * 900,))

    bodies = Layout().bodies(view, posted=1, ask_again=True)

    assert len(bodies) == 1
    assert labels(bodies[0]) == ["Show the rest"]
