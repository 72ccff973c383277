"""How a notebook shows results: tables with headings, units and rounding."""
