from pathlib import Path

import pytest

from bot.texts._catalogues import extracted, kept, problems, update

CODE = '''
class Image(commands.GroupCog, group_name="image"):
    """Make and
    change pictures."""

    @app_commands.command()
    @app_commands.describe(prompt="What to draw", seed=locale_str("Any number"))
    @app_commands.choices(size=[app_commands.Choice(name="Large", value="l")])
    async def draw(self, interaction, prompt):
        """Draw a picture.

        Not shown in Discord.
        """
        self._texts("Drawn by {name}.", name="x")
        texts_for("zh-TW")("Ready")
        texts.plural("One picture", "{n} pictures", n)
        texts("Yes" if n else "No")
        later = N_("Later")
        texts(later)

    def helper(self):
        """Nobody reads this."""

menu = app_commands.ContextMenu(name="Ask about this", callback=draw)
group = app_commands.Group(name="conversation", description="What was said here")
'''
SAID = {
    "Make and change pictures.",
    "What to draw",
    "Any number",
    "Large",
    "Draw a picture.",
    "Drawn by {name}.",
    "Ready",
    "Yes",
    "No",
    ("One picture", "{n} pictures"),
    "Later",
    "Ask about this",
    "What was said here",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small program with two empty catalogues."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "cogs").mkdir()
    (tmp_path / "cogs" / "image.py").write_text(CODE)
    for locale in ("zh_CN", "zh_TW"):
        (tmp_path / f"{locale}.po").write_text("")
    return tmp_path


def translate(project: Path, text: str, translation: str) -> None:
    for locale in ("zh_CN", "zh_TW"):
        file = project / f"{locale}.po"
        before = file.read_text("utf-8")
        file.write_text(before.replace(f'"{text}"\nmsgstr ""', f'"{text}"\nmsgstr "{translation}"'))


def test_the_catalogues_are_complete_and_fit_the_code() -> None:
    assert sorted(problems()) == []


def test_everything_that_is_said_is_found_and_nothing_else(project: Path) -> None:
    found = [message.id for message in extracted(project) if message.id]

    assert sorted(found, key=str) == sorted(SAID, key=str)


def test_update_adds_what_is_new_keeps_what_was_translated_and_drops_what_went(
    project: Path,
) -> None:
    update(project, project)
    translate(project, "Large", "大")
    translate(project, "Ready", "好")
    (project / "cogs" / "image.py").write_text(CODE.replace('("Ready")', '("A wholly new thing")'))

    update(project, project)

    catalogue = kept("zh_TW", project)
    assert catalogue["Large"].string == "大"
    assert catalogue["A wholly new thing"].string == ""
    assert "Ready" not in catalogue
    assert not catalogue.obsolete


def test_running_update_twice_changes_nothing(project: Path) -> None:
    update(project, project)
    once = (project / "zh_TW.po").read_bytes()

    update(project, project)

    assert (project / "zh_TW.po").read_bytes() == once


@pytest.mark.parametrize(
    ("translation", "problem"),
    [
        ("", "missing"),
        ("由某人繪製", "other fields"),
        ("由 {nom} 繪製", "other fields"),
        ("由 {name 繪製", "other fields"),
        ("由 {name} 繪製", None),
    ],
)
def test_a_translation_that_would_break_is_named(
    project: Path, translation: str, problem: str | None
) -> None:
    update(project, project)
    translate(project, "Drawn by {name}.", translation)

    found = [line for line in problems(project, project) if "Drawn by" in line]

    assert found == (
        [f"{locale}: {problem}: 'Drawn by {{name}}.'" for locale in ("zh_CN", "zh_TW")]
        if problem
        else []
    )


def test_code_and_catalogues_that_went_apart_are_named(project: Path) -> None:
    update(project, project)
    (project / "cogs" / "image.py").write_text(CODE.replace('"Large"', '"Enormous"'))

    found = list(problems(project, project))

    assert "zh_CN: not collected: 'Enormous'" in found
    assert "zh_CN: no longer said: 'Large'" in found


def test_a_guessed_translation_does_not_pass(project: Path) -> None:
    update(project, project)
    translate(project, "Draw a picture.", "畫一張圖。")
    (project / "cogs" / "image.py").write_text(CODE.replace("Draw a picture.", "Draw a picture!"))
    update(project, project)

    assert "zh_TW: fuzzy: 'Draw a picture!'" in list(problems(project, project))


def test_what_a_sentence_was_before_goes_with_the_guess(project: Path) -> None:
    update(project, project)
    translate(project, "Draw a picture.", "畫一張圖。")
    (project / "cogs" / "image.py").write_text(CODE.replace("Draw a picture.", "Draw a picture!"))
    update(project, project)
    catalogue = project / "zh_TW.po"
    guessed = catalogue.read_text("utf-8")

    catalogue.write_text(guessed.replace("#, fuzzy\n", ""), "utf-8")
    update(project, project)

    assert '| msgid "Draw a picture."' in guessed
    assert "| msgid" not in catalogue.read_text("utf-8")
