"""Changes as a patch, which must be one, and as people read them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cogs._diff import patch, readable

LINES = st.lists(st.sampled_from(["a", "b", "c", "", "  d", "```"]), max_size=30)
TEXTS = st.builds(lambda lines, end: "\n".join(lines) + end, LINES, st.sampled_from(["", "\n"]))
FOX = "The quick brown fox jumps over the lazy dog while the sun sets behind the hills of home."


def patched(before: str, diff: str) -> str:
    """What `patch` makes of it: each hunk is checked against what stands there."""
    lines, at, made = before.splitlines(keepends=True), 0, ""
    last = ""
    for line in diff.splitlines(keepends=True)[2:]:
        if line.startswith("@@"):
            start, _, count = line.split()[1][1:].partition(",")
            begin = int(start) - (int(count) > 0)
            made, at = made + "".join(lines[at:begin]), begin
        elif line.startswith("\\"):
            if last in " +":
                made = made.removesuffix("\n")
        elif line[0] in " -":
            assert lines[at].rstrip("\n") == line[1:].rstrip("\n")
            at += 1
            made += line[1:] if line[0] == " " else ""
        else:
            made += line[1:]
        last = line[0]
    return made + "".join(lines[at:])


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_a_patch_makes_one_text_of_the_other(before: str, after: str) -> None:
    assert patched(before, patch(before, after, "a.txt")) == after


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_no_text_ends_the_block_that_shows_its_changes(before: str, after: str) -> None:
    shown = readable(before, after, 10_000)

    assert shown is not None
    assert "```" not in shown


def test_of_a_paragraph_the_words_are_shown_that_differ() -> None:
    after = FOX.replace("lazy dog", "old cat")

    shown = readable(FOX, after, 3000)

    assert shown is not None
    assert shown.splitlines() == [
        "  The quick brown fox jumps over the",
        "- lazy dog",
        "+ old cat",
        "  while the sun sets behind the hills of home.",
    ]


@pytest.mark.parametrize(("before", "after", "shown"), [("a", "a\n", ""), ("a" * 9, "b" * 9, None)])
def test_a_last_newline_is_no_change_and_what_is_too_long_is_not_shown(
    before: str, after: str, shown: str | None
) -> None:
    assert readable(before, after, 20) == shown
