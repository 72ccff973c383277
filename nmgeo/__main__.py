"""Run the command line: ``python -m nmgeo area``."""

from nmgeo.cli import app

if __name__ == "__main__":
    app(prog_name="nmgeo")
