"""What the programs of these tests are started with."""

import os


def plain() -> dict[str, str]:
    """This environment, without what would measure coverage in programs that are killed anyway."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COVERAGE_", "DISCORD_", "OPENAI_", "DATABASE_"))
    }
