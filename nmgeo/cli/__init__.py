"""The command line: one short function for each command, which parses, calls and prints."""

from nmgeo.cli import measure, know, answer, check, two_layers, write  # isort: skip  (the order of the help)
from nmgeo.cli.app import app

__all__ = ["answer", "app", "check", "know", "measure", "two_layers", "write"]
