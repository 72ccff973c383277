"""Services: layers fetched over HTTP. ``nmgeo pull`` alone uses this package."""
