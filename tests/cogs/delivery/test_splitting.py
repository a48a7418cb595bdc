# ruff: noqa: E501  tables and texts of many scripts
"""Any text, arriving in any pieces, becomes messages that Discord takes and people can read."""

import re
from itertools import accumulate
from typing import Self, SupportsIndex

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from cogs._splitting import LIMIT, Splitter, split

PIECES = st.sampled_from(
    [
        "```", "````", "``", "`", "~~~", "~~~~~", "```py\n", "```\n", "\n```\n", "~~~js\n", "\n~~~\n",
        "\n", "\n\n", " ", "\t", "- item\n", "  - nested\n", "1. one\n", "# Title\n", "> quoted\n",
        "| a | b |\n", "|---|:-:|\n", "|\n", "||", "**", "__", "~~", "[text](https://example.com/a)",
        "https://example.com/" + "p" * 60, "<@123456789012345678>", "<:emoji:1234567890>",
        "word ", "sentence. ", "x" * 300, "漢字", "。", "שלום ", "مرحبا ", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽", "e\u0301",
        "각", "\u1100\u1161\u11a8", "\r\n", "\u200b", "y" * 1990, "line of code\n" * 40,
        "||never told||", " ||", "||\n", "||" + "hush " * 300 + "||", "> " + "said " * 500 + "\n", "*so*", "_",
        "@everyone ", "@here" * 30, "a | b\n", "--- | ---:\n", "x | `a|b` \\| y\n", "क्षि", "1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
        "- point\n" * 80, "| cell | another |\n" * 30, "word " * 150,
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=60).map("".join))
LONG_TEXTS = st.lists(PIECES, min_size=20, max_size=120).map("".join)
ANY = st.one_of(TEXTS, LONG_TEXTS)
WHOLE = re.compile(
    r"https?://\S+|\[text\]\(\S+\)|<@\d+>|<:\w+:\d+>|👨‍👩‍👧‍👦|🇩🇪|👍🏽|e\u0301|\u1100\u1161\u11a8"
)


@given(ANY)
@settings(max_examples=400, deadline=None)
@example("```py\n" + "x\n" * 3000 + "```")
@example("\n" * 100_000)
@example("`" * 30_000)
@example("| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 900)
def test_every_part_fits_and_the_pieces_are_the_text(text: str) -> None:
    parts = split(text)

    assert all(0 < len(part.content) <= LIMIT for part in parts)
    assert "".join(part.source for part in parts) == (text if parts else "")
    assert parts or not _letters(text)


@given(ANY)
@settings(max_examples=400, deadline=None)
def test_every_letter_is_shown_once_and_in_order(text: str) -> None:
    for part in split(text):
        shown = part.content.removeprefix(part.reopened)
        assert _letters(shown) == _letters(part.source)


@given(LONG_TEXTS, st.lists(st.integers(20, 3000), min_size=1, max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_text_in_pieces_is_split_as_in_one_and_left_parts_stay(
    text: str, steps: list[int]
) -> None:
    splitter = Splitter()
    left: tuple[str, ...] = ()
    at = 0
    turn = 0
    while at < len(text):
        at += steps[turn % len(steps)]
        turn += 1
        parts = splitter.parts(text[:at])
        contents = tuple(part.content for part in parts)
        assert contents[: len(left)] == left
        assert all(len(content) <= LIMIT for content in contents)
        left = contents[:-1]

    assert splitter.parts(text) == split(text)


@given(ANY)
@settings(max_examples=300, deadline=None)
@example("~~~\n`````")
def test_code_blocks_are_closed_in_every_part(text: str) -> None:
    # A hundred letters behind three backticks name no language: no code block begins there.
    if "`" in re.sub(r"^\s*`{3,}\w{0,100}$", "", text, flags=re.MULTILINE):
        return  # loose backticks are the text's own affair
    for part in split(text):
        assert part.content.count("```") % 2 == 0


@given(st.text(alphabet="ab \n", max_size=300), st.integers(0, 1500), st.sampled_from([
    "[text](https://example.com/path)", "<@123456789012345678>", "👨‍👩‍👧‍👦", "🇩🇪", "👍🏽",
    "`inline code`", "**bold words**", "||hidden words||", "https://example.com/path", "<:emoji:1234567890>",
]))  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_what_belongs_together_is_never_cut(before: str, words: int, atom: str) -> None:
    text = before + "w " * (words // 2) + atom + " " + "tail " * 500

    assert any(atom in part.content for part in split(text))


CLUSTERS = (
    "👨‍👩‍👧‍👦",
    "🇩🇪",
    "👍🏽",
    "e\u0301\u0302",
    "\u1100\u1161\u11a8",
    "🏳️‍🌈",
    "1️⃣",
    "🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "क्षि",
    "க்ஷ",
    "ก็",
    "字",
    "😀",
)


@given(st.lists(st.sampled_from(CLUSTERS), min_size=1, max_size=40), st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_no_cut_goes_through_what_people_see_as_one_character(some: list[str], before: int) -> None:
    clusters = ["x"] * before + some * (5000 // len("".join(some)) + 1)
    ends = set(accumulate(map(len, clusters)))

    cuts = [*accumulate(len(part.source) for part in split("".join(clusters)))]

    assert len(cuts) > 1
    assert set(cuts) <= ends


@given(
    st.text(alphabet="ab \n", max_size=1500),
    st.lists(st.sampled_from(["secret ", "secret", "secret\n", "secret\n\n", "\n```py\nsecret\n```\n", "> secret "]),
             min_size=1, max_size=900),
    st.integers(50, 700),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
@example("", ["secret "] * 900, 100)
@example("", ["secret"] * 900, 333)
def test_what_a_spoiler_hides_is_hidden_in_every_part_and_while_it_grows(
    before: str, hidden: list[str], step: int
) -> None:
    text = f"{before} ||secret\n{''.join(hidden)}|| told " + "open " * 500
    splitter = Splitter()

    for at in range(0, len(text) + step, step):
        for part in splitter.parts(text[:at]):
            seen = re.sub(r"\|\|.*?\|\|", "", part.content, flags=re.DOTALL)
            assert not re.search("sec|ret", seen)
            assert len(part.content) <= LIMIT
    assert split(text)[-1].content.endswith("open")


@pytest.mark.parametrize(
    "sentence", ["if (a || b) stop", "a||b and more", "x or ||\nthen y", "`||`c"]
)
def test_two_bars_that_are_no_spoiler_stay_as_they_are(sentence: str) -> None:
    (part,) = split(sentence)

    assert part.content == sentence


MARKS = ["**", "*", "__", "_", "~~", "***"]


@given(
    st.text(alphabet="ab \n", max_size=1500),
    st.sampled_from(MARKS),
    st.lists(st.sampled_from(["strong ", "strong\n", "strong, ", "strong `a * b` "]),
             min_size=250, max_size=700),
    st.integers(50, 700),
)  # fmt: skip
@settings(max_examples=200, deadline=None)
@example("", "**", ["strong "] * 600, 300)
def test_words_that_are_marked_over_a_cut_are_marked_in_every_part(
    before: str, mark: str, words: list[str], step: int
) -> None:
    text = f"{before}\n\n{mark}strong {''.join(words).strip()}{mark} told " + "plain " * 300
    splitter = Splitter()
    for at in range(0, len(text), step):
        splitter.parts(text[:at])

    parts = splitter.parts(text)

    assert parts == split(text)
    for part in parts:
        shown = re.sub(r"`[^`]*`", "", part.content)
        inside = re.sub(rf"{re.escape(mark)}.*?{re.escape(mark)}", "", shown, flags=re.DOTALL)
        assert "strong" not in inside
        assert len(part.content) <= LIMIT
    assert parts[-1].content.endswith("plain")
    assert "plain" not in "".join(
        found
        for part in parts
        for found in re.findall(
            rf"{re.escape(mark)}(.*?){re.escape(mark)}", part.content, re.DOTALL
        )
    )


@pytest.mark.parametrize(
    "sentence", ["Use **kwargs and *args", "2 ** 3 is 8", "a_b and *.py", "***", "* item\n* item"]
)
def test_marks_that_mark_nothing_stay_as_they_are(sentence: str) -> None:
    (part,) = split(sentence)
    parts = split(f"{sentence}\n\n" + "word " * 700)

    assert part.content == sentence
    assert "".join(each.content for each in parts).count("*") == sentence.count("*")


def test_a_quotation_that_is_cut_goes_on_as_one() -> None:
    parts = split("> " + "quoted words " * 400 + "\nanswer " * 3)

    assert len(parts) == 3
    assert all(part.content.startswith("> ") for part in parts)
    assert parts[-1].content.endswith("\nanswer \nanswer \nanswer")


@pytest.mark.parametrize(("text", "shown"), [
    ("Hello @everyone and @here", "Hello @\u200beveryone and @\u200bhere"),
    ("ada@example.com @hereafter", "ada@example.com @\u200bhereafter"),
    ("`@everyone`", "`@everyone`"),
    ("```\n@everyone\n```", "```\n@everyone\n```"),
])  # fmt: skip
def test_a_call_to_everyone_does_not_look_like_one(text: str, shown: str) -> None:
    (part,) = split(text)

    assert part.content == shown


def test_calls_to_everyone_are_made_inert_within_the_limit() -> None:
    parts = split("@everyone " * 500)

    assert all(len(part.content) <= LIMIT for part in parts)
    assert not any("@everyone" in part.content for part in parts)


def test_a_cut_code_block_goes_on_in_its_language() -> None:
    text = "Look:\n```python\n" + "print('hello')\n" * 300 + "```\nDone."

    first, second, *_, last = split(text)

    assert first.content.startswith("Look:\n```python\n")
    assert first.content.endswith("\n```")
    assert second.content.startswith("```python\nprint('hello')\n")
    assert last.content.endswith("```\nDone.")


def test_an_open_code_block_is_closed_while_it_grows() -> None:
    (part,) = Splitter().parts("```py\nprint(1")

    assert part.content == "```py\nprint(1\n```"


def test_nested_and_waved_fences_are_shown_with_the_fence_discord_knows() -> None:
    (nested,) = split("````md\n```py\nx\n```\n````\nafter")
    (waved,) = split("~~~js\nlet x\n~~~\nafter")

    assert nested.content.startswith("```md\n")
    assert nested.content.count("```") == 2
    assert waved.content == "```js\nlet x\n```\nafter"


def test_a_table_becomes_an_aligned_code_block() -> None:
    (part,) = split("Costs:\n\n| fruit | price |\n|---|---|\n| apple | 1 |\n| 梨 | 12 |\n\nDone")

    assert part.content == (
        "Costs:\n\n```\n| fruit | price |\n| ----- | ----- |\n| apple | 1     |\n| 梨    | 12    |\n```\n\nDone"
    )


def test_numbers_stand_to_the_right_where_the_table_says_so() -> None:
    (part,) = split("| fruit | price | kind |\n|:--|--:|:-:|\n| apple | 1 | a |\n| kiwi | 12 |")

    assert part.content == (
        "```\n"
        "| fruit | price | kind |\n"
        "| ----- | ----- | ---- |\n"
        "| apple |     1 |  a   |\n"
        "| kiwi  |    12 |      |\n"
        "```"
    )


def test_a_table_needs_no_outer_bars_and_bars_in_code_are_no_columns() -> None:
    (part,) = split("name | use\n--- | ---\n`a|b` | or\nc \\| d | pipe\n\nafter")

    assert part.content == (
        "```\n| name  | use  |\n| ----- | ---- |\n| `a|b` | or   |\n| c | d | pipe |\n```\n\nafter"
    )


CELLS = st.sampled_from(
    [
        "a",
        "",
        "word",
        "漢字",
        "ｱｲｳ",
        "한국",
        "👍🏽",
        "👨‍👩‍👧‍👦",
        "🇩🇪",
        "1️⃣",
        "❤️",
        "é",
        "e\u0301",
        "क्षि",
    ]
)
COLUMNS = {"": 0, "ｱｲｳ": 3, "漢字": 4, "한국": 4, "word": 4, "a": 1, "é": 1, "e\u0301": 1, "क्षि": 1}


@given(st.lists(st.lists(CELLS, min_size=2, max_size=5), min_size=1, max_size=6))
@settings(max_examples=150, deadline=None)
def test_columns_stand_under_each_other_in_any_script(rows: list[list[str]]) -> None:
    lines = ["| " + " | ".join(row) + " |" for row in ([["h", "h"], ["---", "---"], *rows])]

    (part,) = split("\n".join(lines))

    shown = part.content.splitlines()[1:-1]
    assert [line.split("|")[1:-1] for line in shown[2:]]
    for column in zip(*(line.split("|")[1:-1] for line in (shown[0], *shown[2:])), strict=True):
        assert len({COLUMNS.get(c.strip(), 2 if not c.strip().isascii() else len(c.strip()))
                    + len(c) - len(c.strip()) for c in column}) == 1  # fmt: skip


def test_a_long_table_goes_on_as_a_code_block() -> None:
    parts = split("| a | b |\n|---|---|\n" + "| left | right |\n" * 300)

    assert len(parts) > 2
    assert all(p.content.startswith("```\n|") and p.content.endswith("|\n```") for p in parts)


def test_paragraphs_are_preferred_then_list_items_then_words() -> None:
    paragraphs = split(
        ("para " * 60).strip() + "\n\n" + ("next " * 300).strip() + "\n\n" + "z " * 300
    )
    items = split("- " + "item words " * 20 + "\n" + ("- " + "more words " * 20 + "\n") * 20)
    words = split("word " * 1000)

    assert paragraphs[0].source.endswith("next\n\n")
    assert all(part.content.startswith("- ") for part in items)
    assert all(part.content.endswith("word") for part in words)


def test_text_without_spaces_is_filled_to_the_limit() -> None:
    parts = split("漢字" * 3000)

    assert [len(part.content) for part in parts] == [2000, 2000, 2000]


@pytest.mark.parametrize("seen_as_one", ["🇩🇪", "👍🏽", "👨‍👩‍👧‍👦", "e\u0301", "\u1100\u1161\u11a8"])
@pytest.mark.parametrize("before", ["", "x", "xx"])
def test_a_run_of_what_people_see_as_one_character_is_cut_between_them(
    seen_as_one: str, before: str
) -> None:
    parts = split(before + seen_as_one * 1500)

    assert len(parts) > 1
    assert all(not part.content.replace(seen_as_one, "").strip("x") for part in parts)


@pytest.mark.parametrize("unit", ["`", "\n", "|\n|-|\n", "[ ", "~~~\n", "a", "```\n", "|", "x\n"])
def test_hostile_text_costs_its_length_not_the_square_of_it(unit: str) -> None:
    short, long = (_Counting(unit * (size // len(unit))) for size in (20_000, 100_000))

    split(short)
    split(long)

    assert long.sliced < 6 * short.sliced


class _Counting(str):
    """A text that counts the characters that are copied out of it, up to a part's length each."""

    __slots__ = ("sliced",)

    def __new__(cls, text: str) -> Self:
        made = super().__new__(cls, text)
        made.sliced = 0
        return made

    @override
    def __getitem__(self, key: SupportsIndex | slice) -> str:
        found = super().__getitem__(key)
        self.sliced += len(found)
        return found


def _letters(text: str) -> str:
    """What is left without marks of blocks and tables, and without blanks."""
    return re.sub(r"[\s`~|:*_\-\u200b]", "", text.replace("\\|", "|"))
