"""How many requests two gateways send to the subgraphs for the same operations."""
