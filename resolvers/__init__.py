"""What does it do? One module per use case, loaders, and the pure rules in `domain`."""
