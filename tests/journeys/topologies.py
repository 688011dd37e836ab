"""The two ways the product is run by its tests."""

import pytest

IN_PROCESS = "in process"
FOUR_PROCESSES = pytest.mark.xdist_group("four processes")
"""Of every test that asks the four processes: they share a worker, and so the processes."""
in_process_only = pytest.mark.parametrize("server", [IN_PROCESS], indirect=True)
"""Of a journey that looks at what only one process shows."""
