"""Imports as a person at a terminal sees them: a progress bar, then a report."""
