"""Every REST route the sandbox has, in the order they are tried."""

from sandbox.discord.rest import (
    applications,
    channels,
    gateway,
    guilds,
    messages,
    pins,
    reactions,
    threads,
    users,
)
from sandbox.discord.rest.routing import Route

ALL_ROUTES: list[Route] = [
    route
    for module in (
        applications,
        channels,
        gateway,
        guilds,
        messages,
        pins,
        reactions,
        threads,
        users,
    )
    for route in module.routes.all
]
