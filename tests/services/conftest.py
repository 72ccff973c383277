"""Servers on loopback, and an empty cache for each test."""

import pytest
from fake_services import Services
from pulling import fetch


@pytest.fixture(scope="session")
def services(tmp_path_factory):
    found = Services(tmp_path_factory.mktemp("services") / "log")
    yield found
    found.close()


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NMGEO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="session")
def filled(services, tmp_path_factory):
    """Return a cache with one version of ``zones``."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NMGEO_CACHE", str(folder))
        fetch(services.arcgis("ok"))
    return folder
