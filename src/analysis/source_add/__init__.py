"""Take in a raw file: recognise it, propose a mapping, write sidecar and mapping, try them.

``inspect`` reads the file, ``propose`` finds out what its columns are, ``store`` writes what was
agreed on, ``trial`` tells how far the file fits. Cells of columns that the privacy guard recognises
are neither shown nor mapped.
"""
