"""Programs of other people that some tests run: there in CI, and a reason to skip elsewhere."""

import os
import shutil

import pytest


def need(package, *names):
    """Return the path of the first program that is here, or say which package brings it."""
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        say = pytest.fail if os.environ.get("CI") else pytest.skip
        say(f"{names[0]} is not here; get it with: apt-get install {package}")
    return path
