"""The compiled GraphQL executor: an operation becomes Python once, and is then only run."""

from graph.engine.cache import Counts
from graph.engine.executor import CompiledExecutor, Engine, Executed, plans_of

__all__ = ["CompiledExecutor", "Counts", "Engine", "Executed", "plans_of"]
