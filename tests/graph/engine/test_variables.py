"""Variables as graphql-core reads them: the same values, the same errors, whatever a client sends."""

from typing import Any

import pytest
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, build_schema, get_variable_values, parse
from graphql.execution.values import VariableValues
from hypothesis import given
from hypothesis import strategies as st

from graph.engine.variables import Variables

SDL = """
scalar Word
enum Size { SMALL LARGE }
input Box { size: Size! = SMALL, inner: Box, words: [Word!] }
type Query { nothing: Int }
"""
TYPES = [
    *("Int", "Float", "String", "Boolean", "ID", "Word", "Size", "Box"),
    *("Int!", "ID!", "[Int]", "[ID!]!", "[[String!]]", "[Size!]", "[Word!]!", "[Box!]", "Nothing", "Query"),
]
DEFAULTS = ["", "", " = null", " = 7", ' = "x"', " = SMALL", " = [1, 2]", " = {size: LARGE}", " = true"]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**40), 2**40), st.floats(), st.text(max_size=3), st.just("SMALL")
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["size", "inner", "words", "other"]), inner)
    ),
    max_leaves=6,
)


def schema() -> GraphQLSchema:
    built = build_schema(SDL)

    def word(value: Any) -> str:
        if not isinstance(value, str) or " " in value:
            raise GraphQLError("One word, please.")
        return value.upper()

    built.type_map["Word"].parse_value = word  # type: ignore[attr-defined]
    built.type_map["Word"].coerce_input_value = word  # type: ignore[attr-defined]
    return built


SCHEMA = schema()


def operation(declared: list[tuple[str, str]]) -> OperationDefinitionNode:
    variables = ", ".join(f"$v{number}: {type_}{default}" for number, (type_, default) in enumerate(declared))
    node = parse(f"query ({variables}) {{ nothing }}").definitions[0]
    assert isinstance(node, OperationDefinitionNode)
    return node


def shown(values: VariableValues | list[GraphQLError]) -> Any:
    if isinstance(values, list):
        return [(error.message, error.locations) for error in values]
    return (
        repr(values.coerced),  # nan is no nan, and 1 no True
        [(name, one.signature.name, str(one.signature.type), repr(one.value)) for name, one in values.sources.items()],
    )


@given(
    st.lists(st.tuples(st.sampled_from(TYPES), st.sampled_from(DEFAULTS)), min_size=1, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["v0", "v1", "v2", "v3"]), VALUES, max_size=3), min_size=1, max_size=3),
)
def test_they_are_read_as_graphql_core_reads_them(
    declared: list[tuple[str, str]], requests: list[dict[str, Any]]
) -> None:
    definitions = operation(declared).variable_definitions or ()
    variables = Variables(SCHEMA, definitions)
    for given_values in requests:
        try:
            expected = shown(get_variable_values(SCHEMA, definitions, given_values, max_errors=50))
        except Exception as error:  # an impossible default: whatever graphql-core does, we do
            with pytest.raises(type(error)):
                variables.read(given_values)
            continue
        assert shown(variables.read(given_values)) == expected


def test_a_default_that_can_be_changed_is_nobodys_to_keep() -> None:
    variables = Variables(SCHEMA, operation([("[Int]", " = [1, 2]")]).variable_definitions or ())
    for _ in range(2):
        values = variables.read({})
        assert isinstance(values, VariableValues)
        values.coerced["v0"].append(3)
        assert values.coerced["v0"] == [1, 2, 3]
