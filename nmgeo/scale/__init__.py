"""Files of millions: read, measured and written batch by batch, on one machine or a cluster."""
