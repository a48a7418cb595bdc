"""The inspector: what goes over the wire, shown beside the chat, with the troubles switched on."""

from sandbox.inspector.server import Inspector

__all__ = ["Inspector"]
