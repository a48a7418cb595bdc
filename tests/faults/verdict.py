"""What has to be true after a kill, once the next process is up and has mended what it found."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox.discord.model import MessageFlag
from sandbox.driver import Invocation, Message
from tests.faults.world import Asked, World

TURNS = """
    SELECT turns.id, conversation, seq, state, attempts, chosen_attempt, asker, channel,
        (SELECT parts FROM messages WHERE turn = turns.id AND attempt = 0) AS question,
        (SELECT parts FROM messages WHERE turn = turns.id AND attempt = chosen_attempt) AS answer
    FROM turns ORDER BY conversation, seq
"""
ATTEMPTS = """
    SELECT attempts.turn, n, attempts.state, parts FROM attempts
    LEFT JOIN messages ON messages.turn = attempts.turn AND messages.attempt = n
"""


def problems(world: World) -> list[str]:
    """All that is not as promised; empty where nothing was lost and nothing pretended."""
    return list(_Verdict(world).all())


class _Verdict:
    def __init__(self, world: World) -> None:
        self._world = world
        self._turns = {_text(row["question"]): row for row in world.rows(TURNS)}
        self._shown = _messages(world)
        self._posts: dict[int, list[int]] = {}
        for row in world.rows("SELECT turn, message FROM posts ORDER BY turn, part"):
            self._posts.setdefault(row["turn"], []).append(row["message"])

    def all(self) -> Iterator[str]:
        yield from self._file()
        yield from self._kept()
        yield from self._in_order()
        yield from self._attempts()
        yield from self._asked_once()
        yield from self._each_message_is_of_one_turn()
        for question, turn in self._turns.items():
            yield from self._as_it_is_shown(question, turn)

    def _file(self) -> Iterator[str]:
        if [tuple(row) for row in self._world.rows("PRAGMA integrity_check")] != [("ok",)]:
            yield "the database file is damaged"
        if self._world.rows("PRAGMA foreign_key_check"):
            yield "a row belongs to a row that is not there"

    def _kept(self) -> Iterator[str]:
        """Whoever saw a word, and whatever reached the API, was written down before."""
        seen = {each.text for each in self._world.asked if _was_answered(each, self._shown)}
        sent = {_question(body) for body in self._world.requests()}
        yield from (f"{each} was answered and is not kept" for each in seen - self._turns.keys())
        yield from (f"{each} was sent and is not kept" for each in sent - self._turns.keys())
        if len(self._turns) != self._world.rows("SELECT count(*) AS n FROM turns")[0]["n"]:
            yield "a question is kept twice"

    def _in_order(self) -> Iterator[str]:
        said = {each.text: number for number, each in enumerate(self._world.asked)}
        last: dict[int, int] = {}
        for question, turn in self._turns.items():
            if said[question] < last.get(turn["conversation"], -1):
                yield f"{question} is behind what was asked after it"
            last[turn["conversation"]] = said[question]

    def _attempts(self) -> Iterator[str]:
        """Whole is what the API has sent to its end, and nothing else."""
        questions = {turn["id"]: question for question, turn in self._turns.items()}
        for turn, n, state, parts in map(tuple, self._world.rows(ATTEMPTS)):
            text, question = _text(parts), questions.get(turn, "what is lost")
            if state == "done" and self._world.whole.get(text) != question:
                yield f"attempt {n} of {question} is passed off as whole: {text!r}"
            begun = any(
                whole.startswith(text) for whole, of in self._world.whole.items() if of == question
            )
            if state == "interrupted" and text and not begun:
                yield f"attempt {n} of {question} was interrupted at {text!r}, never said"
            if state not in {"done", "stopped", "interrupted"}:
                yield f"attempt {n} of {question} is {state}"
        remembered = {_text(turn["answer"]) for turn in self._turns.values()} | {*self._world.whole}
        for body in self._world.requests():
            for message in body["messages"]:
                if message["role"] == "assistant" and message["content"] not in remembered:
                    yield f"half an answer was sent along: {message['content']!r}"

    def _asked_once(self) -> Iterator[str]:
        calls = Counter(_question(body) for body in self._world.requests())
        for question, turn in self._turns.items():
            if calls[question] > turn["attempts"]:
                yield f"{calls[question]} calls for {turn['attempts']} attempts of {question}"

    def _each_message_is_of_one_turn(self) -> Iterator[str]:
        kept = Counter(message for posts in self._posts.values() for message in posts)
        yield from (f"message {each} shows {n} turns" for each, n in kept.items() if n > 1)
        for number, message in self._shown.items():
            if number not in kept and not message.thinking:
                yield f"nobody knows of this message: {message!r}"

    def _as_it_is_shown(self, question: str, turn: sqlite3.Row) -> Iterator[str]:
        state, posts = turn["state"], self._posts.get(turn["id"], [])
        messages = [self._shown[each] for each in posts if each in self._shown]
        if not messages or len(messages) != len(posts):
            yield f"{question} is {state}, and {len(messages)} of {len(posts)} messages are there"
            return
        buttons = [button.custom_id for message in messages for button in message.buttons]
        if f"retry:{turn['id']}" not in [one.custom_id for one in messages[-1].buttons]:
            yield f"{question} is {state} without a Retry: {messages!r}"
        if any(button.startswith("stop:") for button in buttons):
            yield f"{question} is {state}, and can still be stopped: {messages!r}"
        shown = "".join(message.content for message in messages)
        if state in {"done", "stopped"} and _letters(shown) != _letters(_text(turn["answer"])):
            yield f"{question} is {state} and shown as {shown!r}"
        if state == "interrupted" and not messages[-1].embeds:
            yield f"{question} was interrupted, and nothing says so: {messages!r}"
        if state not in {"done", "stopped", "interrupted"}:
            yield f"{question} is {state}"


def _question(body: dict[str, Any]) -> str:
    """What was asked, without the name in front of it, which stands there where several speak."""
    return re.sub(r"^\w+: ", "", body["messages"][-1]["content"])


def _messages(world: World) -> dict[int, Message]:
    """The application's own, as everybody in their channel sees them."""
    ada = world.sandbox.user("ada")
    seen = [*ada.sees("general"), *ada.sees("random")]
    return {
        one.id: one
        for one in seen
        if one.stored.author is ada.application.bot and not one.ephemeral and not one.failed
    }


def _was_answered(asked: Asked, shown: dict[int, Message]) -> bool:
    if isinstance(asked.asked, Invocation):
        posts = asked.asked.interaction.posts
        return any(not post.flags & MessageFlag.LOADING for post in posts)
    return any(asked.text in message.content for message in shown.values())


def _text(parts: str | None) -> str:
    loaded: list[dict[str, Any]] = json.loads(parts or "[]")
    return "".join(part["text"] for part in loaded)


def _letters(text: str) -> str:
    """Without the white space, at which long texts are split."""
    return "".join(text.split())
