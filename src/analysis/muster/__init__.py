"""Musterstadt: a made-up city administration as a source of test and show data.

A simulation (``simulation``) gives case counts, staffing and use of digital services that fit each
other; ``drafting`` puts them into the offices' columns, ``faults`` plants faults and keeps a ledger
of them, ``text_files`` and ``workbooks`` write them in the formats in which offices deliver.
"""

from analysis.muster.make import Muster, make_muster, write_muster

__all__ = ["Muster", "make_muster", "write_muster"]
