"""The command line: one short function a command, which parses, calls and prints."""

from nmgeo.cli import know, measure, write
from nmgeo.cli.app import app

__all__ = ["app", "know", "measure", "write"]
