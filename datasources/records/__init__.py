"""Rows as the stores hand them out: frozen values without behaviour; ids are canonical UUID text."""
