"""How fast it is: real servers, real sockets, real data; figures to compare within one run, never tests."""
