"""Kernels for millions of features, with NumPy and shapely or with numba."""
