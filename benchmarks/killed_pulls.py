"""Kill a pull in the middle, many times, and see that the next one continues; run by hand.

    python benchmarks/killed_pulls.py 50

The servers are those of the tests, on loopback. Each run is killed (SIGKILL) at a random time after
its first request.
In the end the cache must hold whole versions alone, each with every feature.
"""

import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path += [str(ROOT / "tests" / "services"), str(ROOT)]

from fake_services import COUNT, Services  # noqa: E402 - found by the line before

SERVICES = (
    "slow/FeatureServer/0",
    "slow/wfs",
    "slow/collections/zones",
    "parts-slow/download.geojson",  # a file, which goes on with a Range
)


def main(times: int) -> None:
    """Kill so many runs, in turn of each service, and print what the cache held."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"NMGEO_CACHE": f"{folder}/cache", "PYTHONPATH": str(ROOT)}
        services = Services(f"{folder}/log")
        try:
            ends = [_kill_one(services, SERVICES[n % len(SERVICES)]) for n in range(times)]
            for path in SERVICES:
                _pull(f"{services.url}/{path}").communicate()
        finally:
            services.close()
        import nmgeo as nm  # noqa: PLC0415 - after the variable is set

        rows = nm.pull_list()
        nm.require_whole(nm.pull_verify())
        counts = set(rows["features_count"])
        sys.stdout.write(f"{ends.count(False)} of {times} killed, {ends.count(True)} had ended; ")
        sys.stdout.write(f"{len(rows)} versions, all whole, of {counts} features\n")
        if counts != {COUNT} or len(rows) < ends.count(True) + len(SERVICES):
            raise SystemExit(1)


def _pull(url: str) -> "subprocess.Popen[bytes]":
    code = f"import nmgeo as nm; nm.pull({url!r}, name='zones')"
    return subprocess.Popen([sys.executable, "-W", "ignore", "-c", code])


def _kill_one(services: Services, path: str) -> bool:
    """Start a run and kill it; tell whether it had ended before."""
    services.clear()
    run = _pull(f"{services.url}/{path}")
    while not services.requests and run.poll() is None:
        time.sleep(0.01)
    time.sleep(random.uniform(0.0, 2.5))  # noqa: S311 - any moment will do
    ended = run.poll() is not None
    run.kill()
    run.communicate()
    return ended


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
