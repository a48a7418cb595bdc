"""Every REST route the sandbox has, in the order they are tried."""

from sandbox.discord.rest import (
    application_commands,
    applications,
    bans,
    channels,
    expressions,
    gateway,
    guilds,
    interactions,
    members,
    messages,
    pins,
    reactions,
    roles,
    threads,
    users,
)
from sandbox.discord.rest.routing import Route

ALL_ROUTES: list[Route] = [
    route
    for module in (
        application_commands,
        applications,
        bans,
        channels,
        expressions,
        gateway,
        guilds,
        interactions,
        members,  # after guilds: {user_id} would match its @me
        pins,  # before messages: {message_id} would match it
        messages,
        reactions,
        roles,
        threads,
        users,
    )
    for route in module.routes.all
]
