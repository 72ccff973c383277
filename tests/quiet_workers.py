"""Workers of pytest-xdist that send what is read: of 15,000 tests the rest takes 20 s of CPU.

For each test a worker sends that it began and ended, and a report of its set-up, of itself and of
its tear-down. Only the middle one is read where all goes well, unless an option asks for more.
"""

import pytest

_BEGIN_AND_END = ("logstart", "logfinish")


@pytest.hookimpl(tryfirst=True)
def pytest_report_to_serializable(config, report):
    """Write nothing of a set-up or a tear-down that went well; the others pytest writes."""
    asked = config.getoption("durations") is not None or config.getoption("xmlpath")
    went_well = report.when in ("setup", "teardown") and report.outcome == "passed"
    return {"quiet": True} if went_well and not asked else None


def send_less(config):
    """Keep a worker from sending what nobody reads; in the process of the user there is none."""
    for plugin in config.pluginmanager.get_plugins():
        if hasattr(plugin, "sendevent"):
            plugin.sendevent = without_quiet(plugin.sendevent)


def without_quiet(send):
    def sent(name, **told):
        if name not in _BEGIN_AND_END and "quiet" not in told.get("data", ()):
            send(name, **told)

    return sent
