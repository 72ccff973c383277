"""Check the stated CRS of a file against known places."""
