"""Where the composed schema and its recipe are kept: at the root of a checkout, inside the package once installed."""

from pathlib import Path

_ROOT = Path(__file__).parent.parent.parent
_PACKAGE = Path(__file__).parent.parent


def product_file(name: str) -> Path:
    """Return the path of `schema.graphql` or `supergraph.yaml`; raise FileNotFoundError when it is not there."""
    for folder in (_ROOT, _PACKAGE):
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"{name} is missing: run `make schema` in a checkout.")


def supergraph_sdl(file: Path | None = None) -> str:
    """Return the composed supergraph SDL in a file, our own when it is None. Raises OSError or UnicodeDecodeError."""
    return (file or product_file("schema.graphql")).read_text("utf-8")
