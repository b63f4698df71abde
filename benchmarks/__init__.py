"""Benchmarks: how long the suite takes, measured against what it could take at best."""
