"""A local OpenAI API."""

from sandbox.openai.server import OpenAIServer

__all__ = ["OpenAIServer"]
