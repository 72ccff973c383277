"""The command line: one short function for each command, which parses, calls and prints."""

from nmgeo.cli import measure, know, pull, answer, check, two_layers, write  # isort: skip  (order of help)
from nmgeo.cli.app import app

__all__ = ["answer", "app", "check", "know", "measure", "pull", "two_layers", "write"]
