"""How tests are shared out when several run at once: a file stays together, and one Chromium drives all of its own."""

import pytest

BROWSER = "tests/browser/"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the group that a worker of pytest-xdist takes as a whole."""
    for item in items:
        file = item.nodeid.split("::")[0]
        item.add_marker(pytest.mark.xdist_group("browser" if file.startswith(BROWSER) else file))
