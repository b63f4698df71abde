"""Case-level exports: one row per case becomes months with counts, durations and backlog.

The files are large and hold single cases; they are read in pieces, and only counts leave them.
Methods: docs/methods/cases.md.
"""

from analysis.cleaning.cases.clean import clean_cases
from analysis.cleaning.cases.executors import Cluster, Executor, Threads, open_cluster

__all__ = ["Cluster", "Executor", "Threads", "clean_cases", "open_cluster"]
