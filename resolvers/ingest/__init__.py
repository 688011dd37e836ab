"""Bringing data in: the bundled demo, and files of other catalogues."""
