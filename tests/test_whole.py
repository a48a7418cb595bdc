"""What is true of the project as a whole."""

import re
import subprocess
import sys
import tomllib
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.domain import errors
from bot.domain.ids import TurnId
from bot.domain.preferences import Layer
from bot.domain.version import VERSION
from bot.settings import Settings
from bot.texts import LANGUAGES, texts_for
from cogs._replies import explain
from tests.factories import NOON

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def layers() -> set[str]:
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    (contract,) = [each for each in contracts if each["type"] == "layers"]
    return {name.strip() for layer in contract["layers"] for name in layer.split("|")}


def modules() -> list[str]:
    """Every module of the bot by its dotted name."""
    files = [path.relative_to(ROOT) for path in (ROOT / "bot").rglob("*.py")]
    names = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in files]
    return sorted(name for name in names if name != "bot")


@pytest.mark.parametrize("module", modules())
def test_every_module_of_the_bot_is_in_a_layer(module: str) -> None:
    assert [layer for layer in layers() if module == layer or module.startswith(f"{layer}.")]


def test_imports_point_down() -> None:
    program = Path(sys.executable).parent / "lint-imports"

    linted = subprocess.run(  # noqa: S603  our own tool
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert linted.returncode == 0, linted.stdout


def leaves(base: type[Exception] = errors.BotError) -> list[type[Exception]]:
    below = [leaf for kind in base.__subclasses__() for leaf in leaves(kind)]
    return below or [base]


def example(kind: type[Exception]) -> Exception:
    """One of this kind, with a plausible value for each of its facts."""
    values: dict[str, Any] = {
        "rule": errors.Rule.BLOCKED,
        "fault": errors.FileFault.DAMAGED,
        "damage": errors.Damage.CUT,
        "failure": errors.MediaFailure.CRASHED,
        "picture": (1024, 768),
        "mask": (512, 512),
        "filenames": ("notes.txt",),
        "layers": (Layer.SERVER,),
        "retry_after": 3.0,
        "scope": errors.BudgetScope.USER_DAY,
        "cap": 1_000_000,
        "left": 1_000,
        "resets_at": NOON,
        "limit": 3,
        "status": 500,
        "lines": ((3, errors.LineFault.NOT_JSON),),
    }
    if kind is errors.BackupError:
        return errors.BackupError(errors.BackupFault.DAMAGED, "data/backup.db")
    if kind is errors.LeaseLostError:
        return errors.LeaseLostError(TurnId(1))
    facts = fields(kind) if is_dataclass(kind) else ()
    return kind(
        **{each.name: values.get(each.name, each.name) for each in facts if each.default is MISSING}
    )


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("kind", leaves(), ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_in_every_language(kind: type[Exception], locale: str) -> None:
    sentence = explain(example(kind), texts_for(locale))

    assert sentence
    assert sentence[-1] in ".。"
    assert (sentence == explain(example(kind), texts_for("en-US"))) is (locale == "en-US")


def test_the_error_tree_on_top_of_its_file_is_the_tree() -> None:
    def drawn(kind: type[Exception]) -> set[str]:
        return {kind.__name__}.union(*(drawn(each) for each in kind.__subclasses__()))

    assert set(re.findall(r"\w+Error\b", errors.__doc__ or "")) == drawn(errors.BotError)


def test_the_version_is_that_of_the_project() -> None:
    assert PYPROJECT["project"]["version"] == VERSION


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607  whichever git made this checkout
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("no checkout of git: what belongs to the project is not known")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


STRANGE = (
    (r"/(?:home|Users)/(?!bot/)\w+/", "somebody's home"),  # bot is nobody: an example in tests
    (r"/(?:root|work|farm)/[\w.]", "a folder of one machine"),
    (r"--(?:extra-)?index-url\s", "an address of packages"),
    (r"https?://[\w.-]*(?:pypi|artifactory|nexus|devpi|npmjs)[\w.-]*", "an address of packages"),
)


@pytest.mark.parametrize(("pattern", "meaning"), STRANGE)
def test_no_file_knows_the_machine_it_was_written_on(pattern: str, meaning: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if path != Path(__file__).resolve()
        for match in re.finditer(pattern, path.read_bytes().decode("utf-8", "ignore"))
    ]

    assert found == [], meaning


def test_every_setting_reaches_something() -> None:
    """A setting is accepted from the day it has an effect."""
    users = "".join(
        path.read_text("utf-8")
        for path in (ROOT / "bot").rglob("*.py")
        if path.name != "settings.py"
    )

    assert [name for name in Settings.model_fields if f"settings.{name}" not in users] == []


def test_the_lock_files_hold_every_dependency_with_hashes() -> None:
    for lock, wanted in (
        ("requirements.lock", PYPROJECT["project"]["dependencies"]),
        (
            "requirements-dev.lock",
            PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"],
        ),
    ):
        text = (ROOT / lock).read_text("utf-8")
        pinned = set(re.findall(r"^([\w.-]+)==", text, re.MULTILINE))
        names = {re.split(r"[\[<>=;! ]", entry)[0].lower().replace(".", "-") for entry in wanted}

        assert names - pinned == set(), f"{lock}: make lock"
        blocks = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
        assert all("--hash=sha256:" in block for block in blocks)
