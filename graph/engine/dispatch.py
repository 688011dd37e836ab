"""From the class of a value to the compiled selection for it: looked up once per object."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from graphql import GraphQLNamedType, GraphQLObjectType, is_abstract_type

Selector = Callable[[Any, Any, Any], dict[str, Any]]
"""A compiled selection: source, run and path of the object in, its part of the response out."""

_MOST_CLASSES: Final = 256
"""Classes remembered per field; a program that makes up classes while it runs must not fill the memory."""


class Dispatch:
    """The compiled selections of one field's objects, by the class of the object.

    `get` knows the classes whose instances are all of one object type and neither exceptions nor awaitable.
    """

    __slots__ = ("_compile", "_known", "_selectors", "abstract", "get", "type")

    def __init__(self, type_: GraphQLNamedType, compile_for: Callable[[GraphQLObjectType, bool], Selector]) -> None:
        self.type = type_
        self.abstract = is_abstract_type(type_)
        self._compile = compile_for
        self._known: dict[type, Selector] = {}
        self._selectors: dict[tuple[str, bool], Selector] = {}
        self.get = self._known.get

    def selector(self, type_: GraphQLObjectType, class_: type) -> Selector:
        """Return the selection compiled for objects of a type and class; compiles it when it is first met."""
        is_mapping = issubclass(class_, Mapping)
        key = type_.name, is_mapping
        found = self._selectors.get(key)
        if found is None:
            found = self._selectors[key] = self._compile(type_, is_mapping)
        return found

    def remember(self, class_: type, selector: Selector) -> None:
        """Use a selection for every later instance of a class."""
        if len(self._known) < _MOST_CLASSES:
            self._known[class_] = selector
