"""By what means an answer is put into Discord, and what is left when Discord refuses one."""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum, auto

from bot.domain.conversations import InteractionToken, Post, Turn
from bot.domain.ids import MessageId
from cogs._layout import Room
from cogs._outcomes import Outcome, Refusal, Refused
from cogs._posts import Body, Posts
from cogs._slots import Slot
from cogs._splitting import MAX_PARTS

MOST_WITHOUT_FILES = 30  # messages; more would drown a channel


class Then(Enum):
    """What to do after a refusal."""

    AGAIN = auto()  # by the means that are left
    WAIT = auto()  # until there is more to show
    GIVE_UP = auto()


class Means:
    """One answer's.

    token          edits by it; None for answers to messages, after a restart, and once it has ended
    slots          the messages of the answer that are there
    may_speak      the bot may write ordinary messages there
    original_free  the interaction's own message is there, and still says "thinking..."
    room           what may be shown
    as_file        Discord does not take the text as a message
    may_edit       what is there can be changed
    """

    def __init__(
        self,
        turn: Turn,
        *,
        token: InteractionToken | None,
        posts: Sequence[Post],
        reply_to: MessageId | None,
        series: str,
    ) -> None:
        self._turn = turn
        self._reply_to = reply_to
        self._series = series
        self.token = token
        self.may_speak = not turn.private and not turn.place.startswith("install:")
        self.slots = [
            Slot(post.message, post.channel, by_token=not self.may_speak) for post in posts
        ]
        self.original_free = token is not None and not posts
        self._usual = turn.answering.most_messages or MAX_PARTS
        self.room = Room(most=self._usual)
        self.as_file = False
        self.may_edit = True

    async def put(
        self, posts: Posts, part: int, body: Body, token: InteractionToken | None, *, attempt: int
    ) -> Outcome:
        """Change message `part`, or make it."""
        if part < len(self.slots):
            slot = self.slots[part]
            if token is not None:
                # Servers that only resemble Discord may know it by no other name.
                target = None if slot.original else slot.message
                return await posts.edit_by_token(token, target, body)
            return await posts.edit(slot.channel, slot.message, body)
        if token is not None:
            if part == 0 and self.original_free:
                return await posts.edit_by_token(token, None, body)
            return await posts.follow_up(token, body, private=self._turn.private)
        nonce = f"{self._turn.id}.{attempt}.{part}{self._series}"[-25:]
        reply_to = self._reply_to if part == 0 else None
        return await posts.create(self._turn.channel, body, nonce=nonce, reply_to=reply_to)

    async def remove_last(self, posts: Posts, token: InteractionToken | None) -> Outcome:
        slot = self.slots[-1]
        if token is not None:
            return await posts.delete_by_token(token, None if slot.original else slot.message)
        return await posts.delete(slot.channel, slot.message)

    def refused(
        self, refused: Refused, part: int, body: Body, *, by_token: bool, ended: bool
    ) -> Then:
        """Go on without what `part` was refused for.

        body   as it was sent
        ended  no more text comes
        """
        match refused.why:
            case Refusal.NO_REPLY if self._reply_to is not None:
                self._reply_to = None
            case Refusal.TOKEN_EXPIRED if by_token:
                self.token = None
                for slot in self.slots:
                    slot.by_token = False
                return Then.AGAIN if self.may_speak else Then.GIVE_UP
            case Refusal.NO_MORE_FOLLOW_UPS:
                self.room = replace(self.room, most=max(1, len(self.slots)))
                return Then.AGAIN if self.slots else Then.GIVE_UP
            case Refusal.MESSAGE_GONE if self.may_speak and self.original_free:
                # There never was one: its acknowledgement did not arrive in time.
                self.token, self.original_free = None, False
            case Refusal.MESSAGE_GONE if by_token and self._out_of_reach(part):
                # Another token's message: this one can only add new ones.
                self.slots.clear()
            case Refusal.NO_ACCESS:
                return self._without_access(part, body, by_token=by_token)
            case Refusal.BAD_FORM if not ended:
                return Then.WAIT  # more text may make it valid, and at the end a file does
            case Refusal.BAD_FORM if not self.as_file and self.room.files:
                self.as_file = True
            case _:
                return Then.GIVE_UP
        return Then.AGAIN

    def _without_access(self, part: int, body: Body, *, by_token: bool) -> Then:
        """Discord does not say which permission is missing: one after the other goes unused."""
        if not by_token and self.token is not None:
            # Commands work where the bot itself sees nothing; there only their tokens do.
            self.may_speak = False
            for slot in self.slots:
                slot.by_token = True
        elif body.embeds and self.room.embeds:
            self.room = replace(self.room, embeds=False)
        elif body.files and self.room.files:
            most = MOST_WITHOUT_FILES if self.room.most == self._usual else self.room.most
            self.room, self.as_file = replace(self.room, files=False, most=most), False
        elif not by_token and part < len(self.slots) and self.may_edit:
            # What is there stays as it is; at the end the whole is posted instead of it.
            self.may_edit, self._series = False, f"{self._series}e"
        else:
            return Then.GIVE_UP
        return Then.AGAIN

    def _out_of_reach(self, part: int) -> bool:
        """Not one of ours that the person dismissed, which is not shown again."""
        if self.may_speak or part >= len(self.slots):
            return False
        return part > 0 or self.slots[part].shown is None
