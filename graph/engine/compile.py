"""From a selection set on an object type to one Python function.

The function reads every field, checks that the value is what its type expects – in which case there is nothing left to
do – and leaves everything else to `complete.recover`. A page of three fields becomes:

    def select(source, run, path):
        try:
            v0 = source.id
            v1 = source.name
        except Exception:
            v0, v1 = read_each(source, NAMES)
        if type(v0) is not str: v0 = recover(run, F0, v0, path)
        if v1 is not None and not (type(v1) is str): v1 = recover(run, F1, v1, path)
        v2 = None
        ...
        result = {'id': v0, 'name': v1, 'offers': None}
        run.pending.append((L2, source, result, path))
        return result

Only names made here and `repr`s of strings get into the source; nothing a client or schema says is ever code.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from keyword import iskeyword
from typing import Any, Final

from graphql import GraphQLObjectType, Undefined

from graph.engine.access import Kind
from graph.engine.complete import abandon, recover, recover_item
from graph.engine.dispatch import Dispatch, Selector
from graph.engine.errors import fail, fail_field
from graph.engine.fields import Field, Late
from graph.engine.leaves import Leaf
from graph.engine.run import PENDING, Raised

_SHARED: Final[dict[str, Any]] = {
    "PENDING": PENDING,
    "Raised": Raised,
    "Undefined": Undefined,
    "abandon": abandon,
    "fail": fail,
    "fail_field": fail_field,
    "recover": recover,
    "recover_item": recover_item,
}


def compile_selection(
    parent: GraphQLObjectType, fields: Sequence[Field], *, is_mapping: bool, label: str
) -> tuple[Selector, str]:
    """Return the function for the fields of an object type, and its source.

    `is_mapping`: the sources are mappings, which matters to fields read graphql-core's default way. `label` is where
    tracebacks say they are.
    """
    source = _Source()
    _write_select(source, parent, fields, is_mapping)
    for field in fields:
        if field.access.waits:
            _write_late(source, field)
    text = source.text()
    exec(compile(text, label, "exec"), source.names)  # noqa: S102 – written here, see above
    for field in fields:
        if field.access.waits:
            late = source.names[source.of(field).late]
            late.finish = source.names[f"finish_{source.of(field).value}"]
            late.start = source.names.get(f"start_{source.of(field).value}")
    selector: Selector = source.names["select"]
    return selector, text


class _Names:
    """What a field is called in the generated source."""

    __slots__ = ("field", "late", "value")

    def __init__(self, number: int) -> None:
        self.value = f"v{number}"
        self.field = f"F{number}"
        self.late = f"L{number}"


class _Source:
    """Python source being written, and the objects it refers to by name."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._depth = 0
        self._fields: dict[Field, _Names] = {}
        self.names: dict[str, Any] = dict(_SHARED)

    def line(self, text: str) -> None:
        """Write a line."""
        self._lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, header: str) -> Iterator[None]:
        """Write a header and, indented, what is written inside."""
        self.line(header)
        self._depth += 1
        yield
        self._depth -= 1

    def bind(self, prefix: str, value: Any) -> str:
        """Return a new name for an object."""
        name = f"{prefix}_{len(self.names)}"
        self.names[name] = value
        return name

    def of(self, field: Field) -> _Names:
        """Return the names of a field."""
        names = self._fields.get(field)
        if names is None:
            names = self._fields[field] = _Names(len(self._fields))
            self.names[names.field] = field
        return names

    def text(self) -> str:
        """Return what was written."""
        return "\n".join(self._lines) + "\n"


# – the selection –


def _write_select(w: _Source, parent: GraphQLObjectType, fields: Sequence[Field], is_mapping: bool) -> None:
    with w.block("def select(source, run, path):"):
        _write_attributes(w, [field for field in fields if field.access.kind is Kind.ATTRIBUTE])
        for field in fields:
            kind = field.access.kind
            if kind is Kind.TYPENAME or field.access.waits:
                continue
            if kind is not Kind.ATTRIBUTE:
                _write_read(w, field, is_mapping)
            _write_completion(w, field, w.of(field).value)
        values = ", ".join(f"{field.key!r}: {_result(w, field, parent)}" for field in fields)
        late = [field for field in fields if field.access.waits]
        if not late:
            w.line(f"return {{{values}}}")
            return
        w.line(f"result = {{{values}}}")
        w.line("pending = run.pending")
        for field in late:
            names = w.of(field)
            w.names[names.late] = field.late["of object"] = Late(field, _not_yet, of_object=True)
            w.line(f"pending.append(({names.late}, source, result, path))")
        w.line("return result")


def _not_yet(*_: Any) -> Any:
    raise AssertionError("replaced once compiled")


def _result(w: _Source, field: Field, parent: GraphQLObjectType) -> str:
    if field.access.kind is Kind.TYPENAME:
        return repr(parent.name)
    return "PENDING" if field.access.waits else w.of(field).value


def _write_attributes(w: _Source, fields: Sequence[Field]) -> None:
    """Read plain attributes together; when one cannot be read, each is read by itself."""
    if not fields:
        return
    variables = [w.of(field).value for field in fields]
    with w.block("try:"):
        for field, variable in zip(fields, variables, strict=True):
            name = field.access.name
            plain = name.isidentifier() and not iskeyword(name)
            w.line(f"{variable} = source.{name}" if plain else f"{variable} = getattr(source, {name!r})")
    with w.block("except Exception:"):
        reader = w.bind("read_each", _reader([field.access.name for field in fields]))
        w.line(f"[{', '.join(variables)}] = {reader}(source)")


def _reader(names: Sequence[str]) -> Callable[[Any], list[Any]]:
    """Return what reads attributes one by one, with what was raised in the place of a value."""

    def read_each(source: Any) -> list[Any]:
        values: list[Any] = []
        for name in names:
            try:
                values.append(getattr(source, name))
            except Exception as error:
                values.append(Raised(error))
        return values

    return read_each


def _write_read(w: _Source, field: Field, is_mapping: bool) -> None:
    """Read a field that is no plain attribute into its variable."""
    names, access = w.of(field), field.access
    if access.kind is Kind.EVENT:
        w.line(f"{names.value} = source")
        return
    with w.block("try:"):
        if access.kind is Kind.DEFAULT:
            read = f"source.get({access.name!r})" if is_mapping else f"getattr(source, {access.name!r}, None)"
            w.line(f"{names.value} = {read}")
            with w.block(f"if callable({names.value}):"):
                extra = _arguments(w, field)
                w.line(
                    f"{names.value} = {names.value}({', '.join([f'run.resolve_info({names.field}, path)', *extra])})"
                )
        else:
            w.line(f"{names.value} = {_call(w, field)}")
    with w.block("except Exception as error:"):
        w.line(f"{names.value} = Raised(error)")


def _call(w: _Source, field: Field) -> str:
    """Return the source of the call that resolves a field of the object `source`."""
    names, access = w.of(field), field.access
    function = w.bind("resolve", access.function)
    if access.kind is Kind.GETTER:
        return f"{function}(source, {access.name!r})"
    if access.call is None:
        return f"{function}({', '.join(['source', f'run.resolve_info({names.field}, path)', *_arguments(w, field)])})"
    given = ["source"] if access.call.wants_self else []
    given += [f"{keyword}=source" for keyword in access.call.source_keywords]
    if access.call.info is not None:
        given.append(f"{access.call.info}={w.bind('Info', access.call.make_info)}(run, {names.field}, path)")
    return f"{function}({', '.join([*given, *_arguments(w, field)])})"


def _arguments(w: _Source, field: Field) -> list[str]:
    if field.arguments is None:
        return []
    constant = field.arguments.constant
    if constant is not None and all(name.isidentifier() and not iskeyword(name) for name in constant):
        return [f"{name}={w.bind('constant', value)}" for name, value in constant.items()]
    return [f"**{w.bind('arguments', field.arguments.for_run)}(run)"]


def _write_late(w: _Source, field: Field) -> None:
    """Write how a field that waits is started, and how its value is completed."""
    value = w.of(field).value
    if field.access.level is None:
        with w.block(f"def start_{value}(source, run, path):"):
            w.line(f"return {_call(w, field)}")
    with w.block(f"def finish_{value}(run, {value}, path):"):
        _write_completion(w, field, value)
        w.line(f"return {value}")


# – completion –


def _write_completion(w: _Source, field: Field, v: str) -> None:
    """Write what turns the raw value in the variable `v` into the completed one, in place."""
    leaf, dispatch = field.leaf, field.dispatch
    if field.depth > 1:
        _recover_unless(w, field, v, None)
    elif leaf is not None:
        (_write_leaves if field.depth else _write_leaf)(w, field, leaf, v)
    elif dispatch is not None:
        (_write_objects if field.depth else _write_object)(w, field, dispatch, v)


def _recover_unless(w: _Source, field: Field, v: str, done: str | None) -> None:
    """Write the slow path for values that fail the test `done`; null is done where it is allowed."""
    tests = [] if field.non_null else [f"{v} is not None"]
    if done is not None:
        tests.append(f"not ({done})")
    recovered = f"{v} = recover(run, {w.of(field).field}, {v}, path)"
    w.line(f"if {' and '.join(tests)}: {recovered}" if tests else recovered)


def _otherwise_recover(w: _Source, field: Field, v: str) -> None:
    """Write the slow path as the other branch of an `if`."""
    header = "else:" if field.non_null else f"elif {v} is not None:"
    with w.block(header):
        w.line(f"{v} = recover(run, {w.of(field).field}, {v}, path)")


def _write_leaf(w: _Source, field: Field, leaf: Leaf, v: str) -> None:
    if leaf.test is not None:
        _recover_unless(w, field, v, leaf.test.format(v=v))
        return
    if leaf.members is not None:
        with w.block(f"if type({v}) is {w.bind('Enum', leaf.members)}:"):
            w.line(f"{v} = {_member_name(w, leaf, v)}")
    else:
        with w.block(f"if type({v}) in {w.bind('trusted', leaf.trusted)}:"):
            with w.block("try:"):
                w.line(f"serialized = {w.bind('serialize', leaf.serialize)}({v})")
                w.line(
                    f"if serialized is None or serialized is Undefined: "
                    f"raise {w.bind('nothing', leaf.nothing)}({v}, serialized)"
                )
                w.line(f"{v} = serialized")
            with w.block("except Exception as error:"):
                w.line(
                    f"{v} = fail(run, {w.of(field).field}, error, (path, {w.of(field).field}), "
                    f"non_null={field.non_null})"
                )
    _otherwise_recover(w, field, v)


def _member_name(w: _Source, leaf: Leaf, v: str) -> str:
    return f"{v}._name_" if leaf.names is None else f"{w.bind('names', leaf.names)}[id({v})]"


def _write_leaves(w: _Source, field: Field, leaf: Leaf, v: str) -> None:
    """Write the completion of a list of leaves: all of them plain, or all of them again the slow way."""
    nullable_item = "" if field.non_null_at[1] else "item is None or "
    if leaf.test is not None:
        with w.block(f"if type({v}) is list or type({v}) is tuple:"):
            with w.block(f"for item in {v}:"), w.block(f"if not ({nullable_item}{leaf.test.format(v='item')}):"):
                w.line(f"{v} = recover(run, {w.of(field).field}, {v}, path)")
                w.line("break")
            with w.block("else:"):
                w.line(f"{v} = list({v})")
        _otherwise_recover(w, field, v)
    elif leaf.members is not None and not nullable_item:
        with w.block(f"if type({v}) is list or type({v}) is tuple:"):
            member = w.bind("Enum", leaf.members)
            w.line(f"items = [{_member_name(w, leaf, 'item')} for item in {v} if type(item) is {member}]")
            slow = f"recover(run, {w.of(field).field}, {v}, path)"
            w.line(f"{v} = items if len(items) == len({v}) else {slow}")
        _otherwise_recover(w, field, v)
    else:
        _recover_unless(w, field, v, None)


def _write_object(w: _Source, field: Field, dispatch: Dispatch, v: str) -> None:
    names = w.of(field)
    w.line(f"select_it = {w.bind('selector', dispatch.get)}(type({v}))")
    with w.block("if select_it is not None:"):
        selected = f"{v} = select_it({v}, run, (path, {names.field}))"
        if field.non_null:
            w.line(selected)
        else:
            with w.block("try:"):
                w.line(selected)
            with w.block("except Exception as error:"):
                w.line(f"{v} = fail_field(run, {names.field}, error, path)")
    _otherwise_recover(w, field, v)


def _write_objects(w: _Source, field: Field, dispatch: Dispatch, v: str) -> None:
    """Write the completion of a list of objects, in one loop."""
    names = w.of(field)
    with w.block(f"if type({v}) is list or type({v}) is tuple:"):
        with w.block("try:"):
            _write_items(w, field, dispatch, v)
        with w.block("except Exception as error:"):
            w.line(f"abandon(run, {v})")
            w.line("raise" if field.non_null else f"{v} = fail_field(run, {names.field}, error, path)")
    _otherwise_recover(w, field, v)


def _write_items(w: _Source, field: Field, dispatch: Dispatch, v: str) -> None:
    names = w.of(field)
    get, item_type = w.bind("selector", dispatch.get), w.bind("item_type", field.item_type)
    w.line("items = []; add = items.append; class_ = None")
    if field.keeps_paths:
        w.line(f"here = (path, {names.field})")
        loop, place = f"for index, item in enumerate({v}):", "(here, index)"
    else:
        w.line(f"here = (path, {names.field}, items)")
        loop, place = f"for item in {v}:", "here"
    selected = f"add(select_it(item, run, {place}))"
    with w.block(loop):
        with w.block("if type(item) is not class_:"):
            w.line("class_ = type(item)")
            w.line(f"select_it = {get}(class_)")
        with w.block("if select_it is not None:"):
            if field.non_null_at[1]:
                w.line(selected)
            else:
                with w.block("try:"):
                    w.line(f"item = select_it(item, run, {place})")
                with w.block("except Exception as error:"):
                    w.line(f"item = fail(run, {names.field}, error, {place}, non_null=False)")
                w.line("add(item)")
        with w.block("else:"):
            w.line(f"add(recover_item(run, {names.field}, {item_type}, item, {place}))")
            w.line("class_ = None")
    w.line(f"{v} = items")
