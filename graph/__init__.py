"""How is it assembled, served and operated? The only folder that reads settings or speaks HTTP."""
