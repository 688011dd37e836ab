"""Files of other catalogues in their own formats: streamed, and a broken row never ends the reading."""
