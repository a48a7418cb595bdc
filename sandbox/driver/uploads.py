"""A file on somebody's disk, ready to be attached."""

from dataclasses import dataclass, field

from sandbox.discord.rest.routing import Upload as Part


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    data: bytes = field(repr=False)
    content_type: str = "application/octet-stream"

    def part(self) -> Part:
        """As it travels in a multipart body."""
        return Part(filename=self.name, content_type=self.content_type, data=self.data)
