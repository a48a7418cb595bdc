import pytest

from sandbox.clock import HandClock
from sandbox.discord.defaults import add_application, add_bot
from sandbox.discord.model import Channel
from sandbox.discord.ratelimits import Kind, Limit, RateLimits
from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Reply, Rest

pytestmark = pytest.mark.usefixtures("limits")


@pytest.fixture
def limits(sandbox: Sandbox, clock: HandClock) -> RateLimits:
    """As they are out of the box; the fixture of all other tests has lifted them."""
    sandbox.discord.limits = RateLimits(clock)
    return sandbox.discord.limits


@pytest.fixture
def general(sandbox: Sandbox) -> Channel:
    return sandbox.discord.world.channel_named("general")


@pytest.fixture
def path(general: Channel) -> str:
    return f"/channels/{general.id}/messages"


async def send(rest: Rest, path: str) -> Reply:
    return await rest("POST", path, {"content": "a"})


async def test_five_messages_in_five_seconds_and_then_a_429_until_the_window_ends(
    rest: Rest, path: str, clock: HandClock
) -> None:
    sent = [await send(rest, path) for _ in range(5)]
    await clock.advance(2)
    refused = await send(rest, path)
    await clock.advance(3)
    again = await send(rest, path)

    assert [reply.headers["X-RateLimit-Remaining"] for reply in sent] == ["4", "3", "2", "1", "0"]
    assert sent[0].headers["X-RateLimit-Limit"] == "5"
    assert sent[0].headers["X-RateLimit-Reset-After"] == "5.000"
    assert float(sent[0].headers["X-RateLimit-Reset"]) == clock.now().timestamp()
    assert refused.status == 429
    assert refused.body == {
        "message": "You are being rate limited.",
        "retry_after": 3.0,
        "global": False,
    }
    assert refused.headers["Retry-After"] == "3"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert "Via" in refused.headers
    assert again.status == 200


async def test_edits_show_the_bucket_of_new_messages_but_are_counted_apart(
    rest: Rest, path: str
) -> None:
    sent = [await send(rest, path) for _ in range(5)]
    edits = [await rest("PATCH", f"{path}/{sent[0].body['id']}", {"content": "b"}) for _ in "12345"]
    over = await rest("PATCH", f"{path}/{sent[0].body['id']}", {"content": "b"})

    assert [edit.status for edit in edits] == [200] * 5
    assert over.status == 429
    assert edits[0].headers["X-RateLimit-Bucket"] == sent[0].headers["X-RateLimit-Bucket"]


async def test_channels_and_bots_have_their_own_buckets(
    rest: Rest, path: str, sandbox: Sandbox
) -> None:
    world = sandbox.discord.world
    random = world.channel_named("random")
    other = add_application(world, "Other", owner=world.user_named("ben"))
    for guild in world.guilds.values():
        add_bot(world, guild, other)
    for _ in range(5):
        await send(rest, path)

    elsewhere = await send(rest, f"/channels/{random.id}/messages")
    rest.token = other.token
    someone_else = await send(rest, path)

    assert (elsewhere.status, someone_else.status) == (200, 200)


async def test_reactions_are_slower(rest: Rest, path: str, clock: HandClock) -> None:
    message = (await send(rest, path)).body["id"]
    reactions = f"{path}/{message}/reactions"

    first = await rest("PUT", f"{reactions}/👍/@me")
    second = await rest("PUT", f"{reactions}/👎/@me")
    await clock.advance(0.25)
    third = await rest("PUT", f"{reactions}/👎/@me")

    assert (first.status, second.status, third.status) == (204, 429, 204)
    assert second.body["retry_after"] == 0.25


async def test_fifty_requests_a_second_over_all_routes(
    limits: RateLimits, rest: Rest, clock: HandClock
) -> None:
    limits.limits[Kind.OTHER] = None

    replies = [await rest("GET", "/users/@me") for _ in range(51)]
    await clock.advance(1)

    assert [reply.status for reply in replies] == [200] * 50 + [429]
    assert replies[-1].body["global"] is True
    assert replies[-1].headers["X-RateLimit-Global"] == "true"
    assert replies[-1].headers["X-RateLimit-Scope"] == "global"
    assert (await rest("GET", "/users/@me")).status == 200


def test_interaction_routes_have_five_in_two_seconds_each_and_never_the_global_limit(
    clock: HandClock,
) -> None:
    limits = RateLimits(clock)
    limits.global_ = Limit(0, 1)

    def take(token: str) -> str:
        passed = limits.take(
            who=None, kind=Kind.INTERACTION, route="POST /webhooks", major=token, global_=False
        )
        return passed.headers["X-RateLimit-Remaining"]

    assert [take("one") for _ in range(5)] == ["4", "3", "2", "1", "0"]
    with pytest.raises(Exception, match="rate limited"):
        take("one")
    assert take("two") == "4"


async def test_a_limit_shared_by_everybody_in_a_channel_is_20028(
    limits: RateLimits, rest: Rest, path: str
) -> None:
    limits.channel_writes = Limit(1, 10)

    await send(rest, path)
    refused = await send(rest, path)

    assert (refused.status, refused.code) == (429, 20028)
    assert refused.headers["X-RateLimit-Scope"] == "shared"
    assert int(refused.headers["X-RateLimit-Remaining"]) > 0
    assert limits.invalid_requests == 0


async def test_edits_of_messages_older_than_an_hour_have_a_limit_of_their_own(
    limits: RateLimits, rest: Rest, path: str, clock: HandClock
) -> None:
    limits.old_edits = Limit(1, 60)
    message = (await send(rest, path)).body["id"]
    young = [await rest("PATCH", f"{path}/{message}", {"content": "b"}) for _ in range(3)]
    await clock.advance(3601)

    old = [await rest("PATCH", f"{path}/{message}", {"content": "b"}) for _ in range(2)]

    assert [reply.status for reply in young + old] == [200, 200, 200, 200, 429]
    assert old[1].code == 30046


async def test_too_many_bad_requests_shut_the_address_out(
    limits: RateLimits, rest: Rest, clock: HandClock
) -> None:
    limits.invalid = Limit(3, 600)
    token, rest.token = rest.token, "wrong"
    for _ in range(3):
        await rest("GET", "/users/@me")
    rest.token = token

    shut_out = await rest("GET", "/users/@me")
    await clock.advance(601)
    later = await rest("GET", "/users/@me")

    assert (shut_out.status, shut_out.body) == (429, "error code: 1015")
    assert "Via" not in shut_out.headers
    assert later.status == 200


async def test_a_limit_can_be_lifted(limits: RateLimits, rest: Rest, path: str) -> None:
    limits.lift()

    assert {(await send(rest, path)).status for _ in range(60)} == {200}
