"""A sandbox that stays up for days does not grow without end."""

from sandbox.server import Sandbox
from tests.sandbox.discord_core.clients import Rest
from tests.sandbox.discord_core.test_messages import said


async def test_of_large_requests_the_newest_are_remembered(rest: Rest, sandbox: Sandbox) -> None:
    channel = sandbox.discord.world.channel_named("general")
    path = f"/channels/{channel.id}/messages"
    sandbox.discord.kept_bytes = 50_000

    for number in range(30):
        await rest("POST", path, {"content": f"{number} {'x' * 1900}"})

    kept = [str(one.body["content"]).split()[0] for one in sandbox.discord.requests]
    assert 0 < len(kept) < 25
    assert kept == [str(number) for number in range(30)][-len(kept) :]
    assert sum(one.size for one in sandbox.discord.requests) <= 50_000
    sandbox.discord.kept_bytes = 1
    await rest("GET", "/users/@me")
    assert [one.path for one in sandbox.discord.requests] == ["/users/@me"]


async def test_a_channel_keeps_its_newest_messages(rest: Rest, sandbox: Sandbox) -> None:
    world = sandbox.discord.world
    channel, ada = world.channel_named("general"), world.user_named("ada")
    world.kept_messages = 2

    first, second = said(world, channel, ada), said(world, channel, ada)
    third = said(world, channel, ada)

    assert list(channel.messages) == [second.id, third.id]
    assert (await rest("GET", f"/channels/{channel.id}/messages/{first.id}")).status == 404
