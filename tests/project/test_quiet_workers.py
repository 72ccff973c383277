"""Workers leave out what nobody reads, and no failure."""

from types import SimpleNamespace

import pytest
from quiet_workers import pytest_report_to_serializable, send_less, without_quiet


def asking(**options):
    return SimpleNamespace(getoption={"durations": None, "xmlpath": None, **options}.get)


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
@pytest.mark.parametrize("outcome", ["passed", "failed", "skipped"])
def test_a_set_up_or_a_tear_down_that_went_well_is_left_out_alone(when, outcome):
    report, sent = SimpleNamespace(when=when, outcome=outcome), []
    data = pytest_report_to_serializable(asking(), report) or {"of": "pytest"}
    without_quiet(lambda name, **told: sent.append((name, told)))("testreport", data=data)

    is_left_out = outcome == "passed" and when != "call"
    assert sent == ([] if is_left_out else [("testreport", {"data": {"of": "pytest"}})])


@pytest.mark.parametrize("option", [{"durations": 25}, {"xmlpath": "a.xml"}])
def test_all_is_sent_where_an_option_asks_for_it(option):
    report = SimpleNamespace(when="setup", outcome="passed")

    assert pytest_report_to_serializable(asking(**option), report) is None


def test_a_worker_tells_no_beginning_and_no_end_of_a_test_but_that_it_is_ready_for_another():
    names = []
    worker = SimpleNamespace(sendevent=lambda name, **_told: names.append(name))
    plugins = SimpleNamespace(get_plugins=lambda: [object(), worker])
    send_less(SimpleNamespace(pluginmanager=plugins))
    for name in ("logstart", "logfinish", "runtest_protocol_complete"):
        worker.sendevent(name, item_index=1)

    assert names == ["runtest_protocol_complete"]
