"""A folder for copies of what a user brought; it is removed when nothing needs it any more."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from weakref import finalize


class TemporaryFolder:
    """A folder outside of the user's folders, removed with the last reference to this object."""

    def __init__(self) -> None:
        """Make the folder, which only this user can read."""
        self.path = Path(mkdtemp(prefix="nmgeo-"))
        finalize(self, shutil.rmtree, self.path, ignore_errors=True)
