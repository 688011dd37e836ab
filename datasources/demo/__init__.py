"""The bundled demo catalogue: data files, and generators for what no file holds."""
