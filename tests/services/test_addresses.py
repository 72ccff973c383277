"""Where a redirect may lead: the same host and port; https may take the place of http."""

import pytest

from nmgeo.errors import SourceError
from nmgeo.services.addresses import redirect_target


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("http://maps.test/a", "https://maps.test/b"),
        ("https://maps.test/a", "https://maps.test:443/b"),
    ],
)
def test_the_same_host_is_followed(here, there):
    assert redirect_target(here, there) == there


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("http://maps.test/a", "https://maps.test:8443/b"),
        ("http://maps.test:8080/a", "https://maps.test/b"),
        ("https://maps.test/a", "http://maps.test/b"),
        ("http://maps.test/a", "http://other.test/b"),
    ],
)
def test_another_host_or_port_is_not(here, there):
    with pytest.raises(SourceError, match="redirects to"):
        redirect_target(here, there)
