"""Fetching from the servers of the tests: without waits, and without notices."""

import warnings

import nmgeo as nm
from nmgeo.services import http

LIMITS = http.Limits(silence_s=1.0, request_s=1.5, attempts=3, wait_s=0.0, max_bytes=3_000_000)


def fetch(url, name="zones", limits=LIMITS, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nm.Notice)
        return nm.pull(url, name=name, limits=limits, **how)


def files_of(cache):
    return sorted(str(p.relative_to(cache)) for p in cache.glob("layers/**/*") if p.is_file())
