"""The command line: one short function for each command, which parses, calls and prints."""

from nmgeo.cli import measure, know, pull, answer, check, two_layers, write  # isort: skip  (order of help)
from nmgeo.cli.app import app
from nmgeo.cli.console import Group
from nmgeo.cli.lazy_commands import LazyCommands

Group.every = LazyCommands(app)  # all modules of commands are imported

__all__ = ["answer", "app", "check", "know", "measure", "pull", "two_layers", "write"]
