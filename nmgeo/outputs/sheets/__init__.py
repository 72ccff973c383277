"""Sheets: maps at a true scale on paper, as PDF, SVG and PNG."""
