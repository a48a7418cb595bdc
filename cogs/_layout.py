"""An answer's view as the messages it is to be: texts, embed, buttons, files. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from bot.domain.audio import clock_time
from bot.domain.calls import Operation
from bot.domain.conversations import TurnState, TurnView
from bot.domain.images import drawn
from bot.texts import Texts, texts_for
from cogs._changes import Changes, edited_name
from cogs._notices import logprobs_of, notice_embed
from cogs._posts import Body, File
from cogs._replies import code, money
from cogs._splitting import LIMIT, MAX_PARTS, Splitter

HEARD = 600  # characters of a spoken question that are shown above its answer
MAX_ALT = 1024  # characters, Discord's limit for the description of a file
_SECONDARY, _DANGER = 2, 4
_BUTTON, _ROW = 2, 1
IMAGES = (Operation.IMAGE_GENERATION, Operation.IMAGE_EDIT, Operation.IMAGE_VARIATION)
_MOST_IN_ROW = 5
Button = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What may be shown where the answer stands.

    most    with more parts than this, the whole goes as a file
    embeds  else what is told beside the text stands in small print under it
    files   else the text ends where `most` messages are full
    """

    most: int = MAX_PARTS
    embeds: bool = True
    files: bool = True


ROOM = Room()


class Layout:
    """Keeps the splitting of the growing text between two looks at it."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._text = ""
        self._of = (0, 0, "")
        self._changes = Changes()

    def bodies(
        self, view: TurnView, *, posted: int, room: Room = ROOM, ask_again: bool = False
    ) -> tuple[Body, ...]:
        """What is to be seen, message by message; nothing while there is nothing to say.

        posted     how many messages of this answer there are already
        ask_again  no message may be added until "Show the rest" is pressed
        """
        texts = texts_for(view.turn.locale)
        contents = self._contents(view)
        if not contents and not view.state.ended:
            contents = [_waiting(view, texts)]
        whole = len(contents) > room.most
        if whole:
            # What is there is being read and stays; what would come after it is in the file.
            in_file = view.state.ended and room.files
            contents = contents[: min(max(posted, 1), room.most) if in_file else room.most]
        if ask_again:
            contents = contents[:posted]
            bodies = [Body(content=content, components=()) for content in contents]
            rest = _row([_button("rest", view, texts("Show the rest"))])
            return (*bodies[:-1], Body(content=contents[-1], components=rest)) if bodies else ()
        if not view.state.ended:
            if (said := _progress(view, texts)) and (view.heard or any(view.texts)):
                contents = _with(contents, [said])
            bodies = [Body(content=content, components=()) for content in contents]
            stop = _button("stop", view, texts("Stop"), _DANGER)
            bodies[-1] = Body(
                content=contents[-1],
                components=_row([stop]),
                files=(tuple(_produced(view)) or None) if room.files else None,
            )
            return tuple(bodies)
        return self._ended(view, contents, texts, room, whole=whole)

    def ending(self, view: TurnView, *, apart: bool, room: Room = ROOM) -> Body:
        """Only what stands under an interrupted answer; its text stays as it is.

        apart  in a message of its own
        """
        texts = texts_for(view.turn.locale)
        embed = notice_embed(view, texts)
        if embed and not room.embeds:
            content = small_print(embed)
            return Body(content=content, components=_row(_final_buttons(view, texts)))
        return Body(
            content="" if apart or view.turn.answering.operation in IMAGES else None,
            embeds=(embed,) if embed else (),
            components=_row(_final_buttons(view, texts)),
        )

    def _contents(self, view: TurnView) -> list[str]:
        choice = min(view.turn.choice, len(view.texts) - 1)
        text = _quoted(view.heard) + (view.texts[choice] if view.texts else "")
        heading = _heading(view) if text else ""
        of = (view.turn.attempt, choice, heading)
        if of != self._of or not text.startswith(self._text):
            self._splitter, self._of = Splitter(), of
        self._text = text
        return [part.content for part in self._splitter.parts(heading + text)]

    def _ended(
        self, view: TurnView, contents: list[str], texts: Texts, room: Room, *, whole: bool
    ) -> tuple[Body, ...]:
        embed = notice_embed(view, texts)
        changed = self._changes.embed(view, self._text, texts) if room.embeds else None
        embeds = [changed] if changed is not None else []
        files = _files(view, self._text, whole=whole) if room.files else ()
        changes = self._changes.file(view, self._text) if room.files and changed is None else None
        files = (*files, changes) if changes is not None else files
        under = [_thoughts(view, texts)] if contents and not room.files else []
        if whole and not room.files:
            cut = texts("The rest does not fit: the bot may not attach files here.")
            under.append(f"-# {cut}")
        if view.files and not room.files:
            hidden = texts("What was made can't be shown: the bot may not attach files here.")
            under.append(f"-# {hidden}")
        if embed is not None and not room.embeds:
            under.append(small_print(embed))
            embed = None
        contents = _with(contents, [each for each in under if each])
        bodies = [Body(content=content, embeds=(), components=()) for content in contents]
        embeds += [embed] if embed is not None else []
        if embeds and (not contents or has_link(contents[-1])):
            bodies.append(Body(content=""))
        if not bodies and files:
            bodies.append(Body(content=""))
        if not bodies:
            bodies.append(Body(content=texts("-# The model's answer was empty.")))
        bodies[-1] = Body(
            content=bodies[-1].content,
            embeds=tuple(embeds),
            components=_row(_final_buttons(view, texts)),
            files=files,
        )
        return tuple(bodies)


def small_print(embed: Mapping[str, Any]) -> str:
    """An embed as text, where none may be shown."""
    lines = embed.get("description", "").splitlines()
    lines += [f"{each['name']}\n{each['value']}" for each in embed.get("fields", ())]
    if "footer" in embed:
        lines.append(embed["footer"]["text"])
    return "\n".join(f"-# {line}" for line in lines)[:LIMIT]


def _with(contents: list[str], under: Sequence[str]) -> list[str]:
    """`under` beneath the last message, or after it where it is full."""
    shown = [*contents]
    for each in under:
        if shown and len(shown[-1]) + len(each) + 1 <= LIMIT:
            shown[-1] = f"{shown[-1]}\n{each}"
        else:
            shown.append(each)
    return shown


def as_file(view: TurnView, text: str) -> Body:
    """What is shown where Discord does not take the text as a message."""
    texts = texts_for(view.turn.locale)
    return Body(
        content=texts("-# Discord does not show this text as a message; it is in the file."),
        embeds=(),
        components=_row(_final_buttons(view, texts)),
        files=(_whole(view, text),),
    )


def _heading(view: TurnView) -> str:
    """Which prompt is gone on from, where there are several: without it pages look alike."""
    if view.turn.answering.operation is not Operation.COMPLETION or len(view.asked) <= 1:
        return ""
    texts = texts_for(view.turn.locale)
    count = len(view.asked)
    each = max(1, view.turn.answering.choices // count)
    at = min(view.turn.choice // each, count - 1)
    shown = texts(
        "Prompt {n} of {count}: {prompt}", n=at + 1, count=count, prompt=code(view.asked[at], 100)
    )
    return f"-# {shown}\n"


def has_link(text: str) -> bool:
    return "://" in text


def _waiting(view: TurnView, texts: Texts) -> str:
    if view.state is TurnState.QUEUED and view.place > 0:
        ahead = texts.plural("{n} question ahead", "{n} questions ahead", view.place)
        return f"-# {ahead}"
    if said := _progress(view, texts):
        return said
    if view.turn.answering.operation in IMAGES:
        return f"-# {texts('Drawing…')}"
    lines = _lines(view)
    if lines:
        return f"-# {texts.plural('Thinking… ({n} line)', 'Thinking… ({n} lines)', lines)}"
    return f"-# {texts('Thinking…')}"


def _quoted(heard: str) -> str:
    """What was said in the question, above its answer."""
    if not heard:
        return ""
    short = heard if len(heard) <= HEARD else f"{heard[: HEARD - 1]}…"
    return "".join(f"> {line}\n" for line in short.splitlines()) + "\n"


def _progress(view: TurnView, texts: Texts) -> str:
    """How much there is to hear, what it costs, and how far it has come."""
    progress = view.progress
    if progress is None:
        return ""
    facts = [texts("Listening to {length}…", length=clock_time(progress.seconds))]
    if progress.microusd:
        facts.append(texts("about {money}", money=money(progress.microusd)))
    if progress.of > 1:
        facts.append(texts("piece {n} of {of}", n=progress.piece, of=progress.of))
    return f"-# {' · '.join(facts)}"


def _thoughts(view: TurnView, texts: Texts) -> str:
    """What is said of the reasoning where its file may not stand."""
    lines = _lines(view)
    if not lines:
        return ""
    return f"-# {texts.plural('{n} line of reasoning', '{n} lines of reasoning', lines)}"


def _lines(view: TurnView) -> int:
    return len(_reasoning(view).splitlines())


def _reasoning(view: TurnView) -> str:
    choice = view.turn.choice
    return view.reasoning[choice] if choice < len(view.reasoning) else ""


def _final_buttons(view: TurnView, texts: Texts) -> list[Button]:
    buttons: list[Button] = []
    pictures = drawn(view.files)
    if view.state in (
        TurnState.DONE,
        TurnState.STOPPED,
        TurnState.FAILED,
        TurnState.INTERRUPTED,
    ):
        buttons.append(_button("retry", view, texts("Again") if pictures else texts("Retry")))
    if view.cut_short:
        shown = f"continue:{view.turn.id}:{view.turn.attempt}:{view.turn.choice}"
        buttons.append(_named(shown, texts("Continue")))
    if pictures:
        buttons += _picture_buttons(view, sorted(pictures), texts)
    operation = view.turn.answering.operation
    if operation is Operation.TRANSCRIPTION and view.state is TurnState.DONE and any(view.texts):
        buttons.append(_button("translate", view, texts("Translate")))
        buttons.append(_button("reply", view, texts("Answer")))
    if view.logged:
        buttons.append(_button("call", view, texts("Show API call")))
    return [*buttons, *_pages(view)]


def _picture_buttons(view: TurnView, numbers: Sequence[int], texts: Texts) -> list[Button]:
    """Of several pictures a form asks which one: 0."""
    turn = view.turn
    which = numbers[0] if len(numbers) == 1 else 0
    key = f"{turn.id}:{turn.attempt}:{which}:{int(turn.private)}"
    return [_named(f"vary:{key}", texts("Vary")), _named(f"redraw:{key}", texts("Edit"))]


def _pages(view: TurnView) -> list[Button]:
    """All choices of all attempts, one after the other."""
    turn = view.turn
    each = max(len(view.texts), turn.answering.choices)
    total = each * turn.attempts
    if total <= 1:
        return []
    at = (turn.attempt - 1) * each + turn.choice
    number = _named(f"at:{turn.id}", f"{at + 1}/{total}", disabled=True)
    before, after = (
        _named(f"page:{turn.id}:{to // each + 1}:{to % each}", label, disabled=not 0 <= to < total)
        for to, label in ((at - 1, "◀"), (at + 1, "▶"))
    )
    return [before, number, after]


def _button(action: str, view: TurnView, label: str, style: int = _SECONDARY) -> Button:
    return _named(f"{action}:{view.turn.id}", label, style=style)


def _named(
    custom_id: str, label: str, *, style: int = _SECONDARY, disabled: bool = False
) -> Button:
    return {
        "type": _BUTTON,
        "style": style,
        "label": label,
        "custom_id": custom_id,
        "disabled": disabled,
    }


def _row(buttons: list[Button]) -> tuple[Mapping[str, Any], ...]:
    """One row, or two where they do not fit in one: what is done, then the pages."""
    if len(buttons) <= _MOST_IN_ROW:
        rows = [buttons] if buttons else []
    else:
        rows = [buttons[:-3], buttons[-3:]]
    return tuple({"type": _ROW, "components": row} for row in rows)


def _files(view: TurnView, text: str, *, whole: bool) -> tuple[File, ...]:
    edited = view.turn.answering.operation is Operation.EDIT and bool(text)
    files = [_whole(view, text)] if whole or edited else []
    if (reasoning := _reasoning(view)).strip():
        files.append(File("reasoning.md", "text/markdown", reasoning.encode("utf-8", "replace")))
    files += _produced(view)
    scores = logprobs_of(view)
    if scores:
        rows = [{"token": s.token, "logprob": s.logprob, "top": dict(s.top)} for s in scores]
        data = orjson.dumps(rows, option=orjson.OPT_INDENT_2)
        files.append(File("logprobs.json", "application/json", data))
    return tuple(files)


def _produced(view: TurnView) -> list[File]:
    return [
        File(each.name, each.mime, each.data, each.description and each.description[:MAX_ALT])
        for each in view.files
    ]


def _whole(view: TurnView, text: str) -> File:
    """The text as a file: an edited one as what it was, since it may have to go back there."""
    data = text.encode("utf-8", "replace")
    if view.turn.answering.operation is Operation.EDIT:
        return File(edited_name(view), "text/plain", data)
    return File("answer.md", "text/markdown", data)
