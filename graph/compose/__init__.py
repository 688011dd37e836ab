"""From code to SDL: each subgraph's, then the supergraph's and the API schema's."""
