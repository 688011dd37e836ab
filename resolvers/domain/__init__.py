"""Pure rules: standard library, numpy and each other; clocks and seeds are arguments."""
