"""How it is measured: areas, distances and buffers on the Hong Kong 1980 Grid."""
