"""A page to use the bot with: pick a person and a channel, type commands, press buttons."""

from sandbox.page.server import Page

__all__ = ["Page"]
