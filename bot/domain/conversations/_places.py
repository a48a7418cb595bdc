"""Where a conversation is: each place has one current conversation."""

from bot.domain.ids import ChannelId, PlaceKey, SourceId, UserId


def channel_place(channel: ChannelId) -> PlaceKey:
    return PlaceKey(f"channel:{channel}")


def own_place(channel: ChannelId, user: UserId) -> PlaceKey:
    """One person's conversation in a channel where each has their own."""
    return PlaceKey(f"channel:{channel}:{user}")


def direct_place(channel: ChannelId) -> PlaceKey:
    return PlaceKey(f"direct:{channel}")


def install_place(channel: ChannelId, user: UserId) -> PlaceKey:
    """User install: the bot is no member there, so the history is the asker's own."""
    return PlaceKey(f"install:{channel}:{user}")


def private_place(channel: ChannelId, user: UserId) -> PlaceKey:
    """Private turns never enter the channel's conversation."""
    return PlaceKey(f"private:{channel}:{user}")


def once_place(source: SourceId, *, reachable: bool) -> PlaceKey:
    """A place for one question alone: what is asked there is part of no conversation.

    reachable  the bot itself may write there; False where it is only installed by the user
    """
    return PlaceKey(f"once:{source}" if reachable else f"install:once:{source}")
