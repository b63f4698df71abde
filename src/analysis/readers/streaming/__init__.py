"""Reader for delimited text that is too large to be read in one piece.

``find_layout`` looks at the head of the file, ``plan_pieces`` cuts the rest into pieces at line
ends outside quotation marks, ``parse_piece`` reads one of them. A piece is known by offset and
length, so that every process that sees the file can read it by itself.
"""

from analysis.readers.streaming.layout import Layout, find_layout
from analysis.readers.streaming.parsing import Parsed, parse_piece, parse_records_of
from analysis.readers.streaming.pieces import PIECE_BYTES, Footer, Piece, Plan, plan_pieces

__all__ = [
    "PIECE_BYTES",
    "Footer",
    "Layout",
    "Parsed",
    "Piece",
    "Plan",
    "find_layout",
    "parse_piece",
    "parse_records_of",
    "plan_pieces",
]
