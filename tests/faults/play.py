"""What people do with the bot until it dies, or until they are through."""

import itertools

from sandbox.driver import Invocation, Message, User
from tests.faults.world import Asked, World

LONG = 2600  # characters: two messages
_numbers = itertools.count(1)


def retry_of(message: Message) -> str | None:
    for button in message.buttons:
        if button.custom_id.startswith("retry:") and not button.disabled:
            return button.custom_id
    return None


class Play:
    """One run of everything that a chat can be, in one channel, by two people."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._sandbox = world.sandbox
        self.ada = world.sandbox.user("ada")
        self.ben = world.sandbox.user("ben")

    @property
    def steps(self) -> tuple[str, ...]:
        return ("plainly", "queued", "again", "stopped", "by_mention", "at_length")

    async def on_and_on(self, *, beginning_with: str) -> None:
        at = self.steps.index(beginning_with)
        for step in itertools.cycle((*self.steps[at:], *self.steps[:at])):
            await self.step(step)

    async def step(self, name: str) -> None:
        await self._world.pass_time(3)
        await getattr(self, name)()

    async def plainly(self) -> None:
        question = self._question()
        self._world.answer_with(question, "First of ", question, ", then the rest.")
        await self._whole(await self._slash(self.ada, question))

    async def queued(self) -> None:
        """One is being answered, one waits behind it, and one is asked elsewhere."""
        first, second = self._question(), self._question()
        elsewhere = self._question()
        self._world.answer_with(first, "Slowly ", first, " and whole")
        gate = self._sandbox.openai.answers.hold(after=3)
        one = await self._slash(self.ada, first)
        await one.until(lambda asked: "Slowly" in asked.text)
        two = await self._slash(self.ben, second)
        await two.until(lambda asked: asked.text)
        self._world.answer_with(elsewhere, "Elsewhere ", elsewhere)
        three = await self._slash(self.ben, elsewhere, channel="random")
        await self._whole(three)
        self._world.answer_with(second, "Behind it ", second)
        gate.release()
        await self._whole(one)
        await self._whole(two)

    async def again(self) -> None:
        question = self._question()
        self._world.answer_with(question, "Once ", question)
        asked = await self._slash(self.ada, question)
        message = await self._whole(asked)
        self._world.answer_with(question, "Twice ", question)
        await self.ada.press(message, "Retry")
        await asked.until(lambda asked: "Twice" in asked.text and _ended(asked.messages))

    async def stopped(self) -> None:
        question = self._question()
        self._world.answer_with(question, "So far ", question, " and never this")
        gate = self._sandbox.openai.answers.hold(after=3)
        asked = await self._slash(self.ben, question)
        await asked.until(lambda asked: "So far" in asked.text)
        await self.ben.press(asked.messages[-1], "Stop")
        await self._whole(asked)
        gate.release()

    async def by_mention(self) -> None:
        question = self._question()
        self._world.answer_with(question, "You called, ", question, "?")
        said = await self.ada.say(f"@Switchboard {question}")
        self._world.asked.append(Asked(question, said, self.ada.user, "general"))
        await self.ada.until(
            "general",
            lambda seen: [
                one for one in seen if f"called, {question}" in one.content and retry_of(one)
            ],
        )

    async def at_length(self) -> None:
        """More than one message: held when the first is full, then to the end."""
        question = self._question()
        words = [f"{question}/{n} " for n in range(LONG // (len(question) + 4))]
        deltas = ["".join(words[n : n + 8]) for n in range(0, len(words), 8)]
        self._world.answer_with(question, *deltas)
        gate = self._sandbox.openai.answers.hold(after=len(deltas) - 1)
        asked = await self._slash(self.ada, question)
        await asked.until(lambda asked: len(asked.messages) > 1)
        gate.release()
        await self._whole(asked)

    async def retry_of_interrupted(self, turn: int) -> None:
        """Whoever asked presses Retry where the interruption is shown."""
        button = f"retry:{turn}"
        [(who, message)] = [
            (who, message)
            for asked in self._world.asked
            for who in (self.ada, self.ben)
            if who.user is asked.asker
            for message in who.sees(asked.channel)
            if asked.text == self._world.question_of(turn) and message.button(button)
        ]
        question = self._world.question_of(turn)
        self._world.answer_with(question, "After all: ", question)
        await self._world.calm()
        await who.press(message, button)
        await who.until(
            message.stored.channel,
            lambda seen: [one for one in seen if f"After all: {question}" in one.content],
        )

    def _question(self) -> str:
        return f"q{next(_numbers)}q"

    async def _slash(self, who: User, question: str, channel: str = "general") -> Invocation:
        invocation = await who.slash("chat", channel=channel, message=question)
        self._world.asked.append(Asked(question, invocation, who.user, channel))
        return invocation

    async def _whole(self, asked: Invocation) -> Message:
        await asked.until(lambda asked: _ended(asked.messages))
        return asked.messages[-1]


def _ended(messages: list[Message]) -> bool:
    return bool(messages) and retry_of(messages[-1]) is not None
