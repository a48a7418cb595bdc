"""What holds for every test."""

import gc
import os

from hypothesis import HealthCheck, settings

# The same examples for the same code: what fails in CI fails again at home, and nothing that was
# green turns red by itself. Without CI each run tries new ones.
# How fast the machine is decides nothing.
calm = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("ci", derandomize=True, **calm)
settings.register_profile("dev", **calm)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_collection_finish() -> None:
    """What was imported stays: to look through it at each collection costs a tenth of a run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
