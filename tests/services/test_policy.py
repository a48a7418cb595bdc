import pytest

from bot.domain.errors import NotAllowedError, Rule
from bot.domain.ids import GuildId, UserId
from bot.services.policy import Policy, Whereabouts

ADA, HOME = UserId(1), GuildId(10)
IN_GUILD = Whereabouts(user=ADA, guild=HOME, member=True)
DIRECT = Whereabouts(user=ADA, guild=None, member=True)
ELSEWHERE = Whereabouts(user=ADA, guild=GuildId(11), member=False)


def refused(policy: Policy, who: Whereabouts) -> Rule | None:
    try:
        policy.check(who)
    except NotAllowedError as error:
        return error.rule
    return None


@pytest.mark.parametrize(
    ("policy", "who", "rule"),
    [
        (Policy(), IN_GUILD, None),
        (Policy(), DIRECT, None),
        (Policy(), ELSEWHERE, Rule.USER_INSTALL_OFF),
        (Policy(user_install=True), ELSEWHERE, None),
        (Policy(direct_messages=False), DIRECT, Rule.DIRECT_MESSAGES_OFF),
        (Policy(direct_messages=False), IN_GUILD, None),
        (Policy(allowed_guilds=frozenset({10})), IN_GUILD, None),
        (Policy(allowed_guilds=frozenset({12})), IN_GUILD, Rule.GUILD_NOT_ALLOWED),
        (Policy(allowed_guilds=frozenset({12})), DIRECT, None),
        (Policy(allowed_users=frozenset({1})), IN_GUILD, None),
        (Policy(allowed_users=frozenset({2})), IN_GUILD, Rule.USER_NOT_ALLOWED),
        (Policy(allowed_users=frozenset({2})), DIRECT, Rule.USER_NOT_ALLOWED),
        (Policy(blocked=frozenset({1})), DIRECT, Rule.BLOCKED),
        (Policy(blocked=frozenset({10})), IN_GUILD, Rule.BLOCKED),
    ],
)
def test_the_process_settings_say_who_may_ask_where(
    policy: Policy, who: Whereabouts, rule: Rule | None
) -> None:
    assert refused(policy, who) == rule


def test_operators_pass_the_allow_lists_but_not_a_block() -> None:
    operators, others = frozenset({1}), frozenset({2})
    policy = Policy(operators=operators, allowed_users=others, allowed_guilds=others)

    assert refused(policy, IN_GUILD) is None
    assert refused(Policy(operators=operators, blocked=operators), IN_GUILD) is Rule.BLOCKED
