"""What the catalog does: titles, people, search."""
