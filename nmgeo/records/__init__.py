"""Records: sites, policies, claims and published areas, each with its source."""
