"""The broker tells every process that something changed: `interface` says what, `embedded` and `redis` do it."""
