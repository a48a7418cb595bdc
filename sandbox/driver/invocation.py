"""What came of something a person did with the application."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from typing_extensions import override

from sandbox.discord.interactions.model import CallbackType, Interaction
from sandbox.discord.state import World
from sandbox.driver.errors import NoAnswer
from sandbox.driver.forms import Form
from sandbox.driver.messages import Message
from sandbox.driver.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
DID_NOT_RESPOND = "The application did not respond"


@dataclass(frozen=True, slots=True)
class Choice:
    """A suggestion of autocomplete, named in the person's language."""

    name: str
    value: str | int | float


class Invocation:
    """One interaction, watched by who started it."""

    def __init__(self, world: World, interaction: Interaction) -> None:
        self.interaction = interaction
        self._world = world

    @override
    def __repr__(self) -> str:
        data = self.interaction.data
        name = data.get("name") or data.get("custom_id")
        state = "failed" if self.failed else "thinking" if self.thinking else self.messages
        return f"<Invocation of {name!r}: {state}>"

    @property
    def id(self) -> int:
        return self.interaction.id

    @property
    def token(self) -> str:
        return self.interaction.token

    @property
    def messages(self) -> list[Message]:
        """Real messages it made that are still there, placeholders left out."""
        seen = [self._message(post) for post in self.interaction.posts]
        return [one for one in seen if not one.deleted and not one.thinking]

    @property
    def original(self) -> Message | None:
        """@original: also the placeholder, and the message whose component was used."""
        original = self.interaction.original
        return self._message(original) if original is not None else None

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.messages)

    @property
    def thinking(self) -> bool:
        return self.original is not None and self.original.thinking and not self.original.deleted

    @property
    def failed(self) -> bool:
        """The person was shown "The application did not respond"."""
        return self.interaction.failed

    @property
    def opened(self) -> Form | None:
        """The form that it opened, if it did."""
        return Form(self.interaction) if self.interaction.modal is not None else None

    async def until(
        self, look: "Callable[[Invocation], T | None]", what: str = "what was waited for"
    ) -> T:
        """The first true value of `look(self)`, looked for with each change.

        Raises:
            NoAnswer: the application did not respond in time.
        """

        def condition() -> Any:
            return look(self) or self.failed

        try:
            await until(self._world, condition, what)
        except TimeoutError as error:
            raise TimeoutError(f"{error}: {self!r}") from None
        found = look(self)
        if not found:
            raise NoAnswer(DID_NOT_RESPOND)
        return found

    async def acknowledged(self) -> CallbackType:
        """How it was first answered, whatever that is."""
        return await self.until(lambda one: one.interaction.callback, "an acknowledgement")

    async def answer(self) -> Message:
        """The first real message: posted by it, or the one with the component, once updated.

        Raises:
            NoAnswer: it was not acknowledged in time, or a form came instead.
        """
        return await self.until(_answer, "an answer")

    async def form(self) -> Form:
        """Raises: NoAnswer where something else came."""
        await self.acknowledged()
        if self.opened is None:
            raise NoAnswer(f"no form was opened: {self!r}")
        return self.opened

    def _message(self, post: Any) -> Message:
        return Message(self._world, post, self.interaction.user)


def _answer(invocation: Invocation) -> Message | None:
    interaction = invocation.interaction
    if interaction.modal is not None:
        raise NoAnswer(f"a form came, no message: {interaction.modal['title']!r}")
    if interaction.updated and interaction.source is not None:
        return invocation.original
    return next(iter(invocation.messages), None)
