"""Who may use the bot, and where: by the process's settings, then by the server's."""

from collections.abc import Container
from dataclasses import dataclass, field

from bot.domain.errors import NotAllowedError, Rule
from bot.domain.preferences import ALLOWED_CHANNELS, ALLOWED_ROLES, FEATURES, Feature, Resolved
from bot.domain.whereabouts import Whereabouts


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Empty `allowed_*` allow everybody; `blocked` holds ids of people and of guilds."""

    allowed_guilds: frozenset[int] = field(default_factory=frozenset[int])
    allowed_users: frozenset[int] = field(default_factory=frozenset[int])
    blocked: Container[int | None] = field(default_factory=frozenset[int | None])
    operators: Container[int] = field(default_factory=frozenset[int])
    direct_messages: bool = True
    user_install: bool = False

    def check(self, who: Whereabouts) -> None:
        """Refuse what the operator has ruled out; operators themselves pass the allow lists.

        Raises:
            NotAllowedError: which rule, so that the answer can say who may change it.
        """
        if who.user in self.blocked or who.guild in self.blocked:
            raise NotAllowedError(Rule.BLOCKED)
        if who.user in self.operators:
            return
        if self.allowed_users and who.user not in self.allowed_users:
            raise NotAllowedError(Rule.USER_NOT_ALLOWED)
        if not who.member:
            if not self.user_install:
                raise NotAllowedError(Rule.USER_INSTALL_OFF)
        elif who.guild is None:
            if not self.direct_messages:
                raise NotAllowedError(Rule.DIRECT_MESSAGES_OFF)
        elif self.allowed_guilds and who.guild not in self.allowed_guilds:
            raise NotAllowedError(Rule.GUILD_NOT_ALLOWED)


def check_server(who: Whereabouts, settings: Resolved, feature: Feature | None) -> None:
    """Refuse what the server has ruled out.

    feature  what would be used; None for what no server can switch off

    Raises:
        NotAllowedError: which rule; people with Manage Server may change it.
    """
    if who.guild is None or not who.member:
        return
    if feature is not None and feature not in settings[FEATURES]:
        raise NotAllowedError(Rule.FEATURE_OFF)
    roles = settings[ALLOWED_ROLES]
    if roles and not set(roles) & set(who.roles):
        raise NotAllowedError(Rule.ROLE_NOT_ALLOWED)
    channels = settings[ALLOWED_CHANNELS]
    if channels and not set(channels) & {who.thread, who.channel, who.category}:
        raise NotAllowedError(Rule.CHANNEL_NOT_ALLOWED)
