"""What `python -m bot docs` writes is what stands in docs/."""

from pathlib import Path

import pytest

from bot.cli._docs import write

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("page", ["commands.md", "operations.md"])
async def test_the_pages_are_those_that_follow_from_the_code(tmp_path: Path, page: str) -> None:
    await write(tmp_path)

    assert (DOCS / page).read_text("utf-8") == (tmp_path / page).read_text("utf-8")
