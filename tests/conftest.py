"""What holds for every test."""

import os

from hypothesis import settings

# The same examples for the same code: what fails in CI fails again at home, and nothing that was
# green turns red by itself. Without CI each run tries new ones.
settings.register_profile("ci", derandomize=True, deadline=None)
settings.register_profile("dev", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "dev")
