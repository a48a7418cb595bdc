"""The benchmarks can be begun; what they measure is no test's business."""

import importlib
from pathlib import Path

import pytest

from benchmarks._figures import percentile, table

MODULES = sorted(
    path.stem
    for path in (Path(__file__).resolve().parents[1] / "benchmarks").glob("*.py")
    if path.stem != "__init__"
)


@pytest.mark.parametrize("name", MODULES)
def test_every_benchmark_can_be_imported_and_says_what_it_is(name: str) -> None:
    module = importlib.import_module(f"benchmarks.{name}")

    assert module.__doc__
    assert name.startswith("_") or callable(module.main)


def test_figures_are_read_from_the_sorted_values() -> None:
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 99) == 100.0


def test_a_table_is_markdown_with_its_columns_under_each_other() -> None:
    assert table(["a", "b"], [["long", "1"]]) == (
        "| a    | b |\n"
        "| ---- | - |\n"
        "| long | 1 |"
    )  # fmt: skip
