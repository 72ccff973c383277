"""Loads what the tests share, but not into the process that hands the tests out to workers.

That process runs no test, and the workers wait until it is ready.
"""


def pytest_configure(config):
    """Load the fixtures, before other plugins use the settings that they make."""
    if not hands_out_tests(config):
        config.pluginmanager.import_plugin("shared_fixtures")


def hands_out_tests(config):
    """Tell whether pytest-xdist runs the tests in other processes, as its own plugin does."""
    is_shared = config.getoption("dist", "no") != "no" and not config.getoption("collectonly")
    return is_shared and not hasattr(config, "workerinput")
