"""One type for each kind of id, so that a user is never passed where a channel is meant."""

from typing import NewType

# Discord's snowflakes: 64-bit integers.
UserId = NewType("UserId", int)
GuildId = NewType("GuildId", int)
ChannelId = NewType("ChannelId", int)
MessageId = NewType("MessageId", int)
SourceId = NewType("SourceId", int)
"""The interaction or message that caused something: unique, so nothing is done twice for it."""

# Our own keys.
ConversationId = NewType("ConversationId", int)
TurnId = NewType("TurnId", int)
SummaryId = NewType("SummaryId", int)
PlaceKey = NewType("PlaceKey", str)
