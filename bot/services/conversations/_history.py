"""What /conversation show tells."""

from dataclasses import dataclass, field

from bot.domain.conversations import Exchange
from bot.domain.ids import ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationPage:
    """One page of a conversation, newest exchange first.

    total   exchanges in the whole conversation
    tokens  estimate of what the next question would send along from this page
    summed  how many of them a summary stands for where the model's window is too small
    before  where the next page begins; None on the last one
    """

    conversation: ConversationId
    exchanges: tuple[Exchange, ...] = field(repr=False)
    total: int
    tokens: int
    summed: int
    system_prompt: str | None = field(repr=False)
    before: int | None
