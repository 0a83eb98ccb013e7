"""Names of a package that live in its modules, found when they are first used: importing the package then costs nothing.

A package with a lazy face says its names twice, for the type checker under TYPE_CHECKING and here for Python;
`tests/core/test_lazy.py` holds the two together.
"""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def face(package: str, homes: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """The `__getattr__` of a package: `homes` says which names are in which of its modules."""
    found = {name: f"{package}.{module}" for module, names in homes.items() for name in names}

    def __getattr__(name: str) -> object:
        home = found.get(name)
        if home is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home), name)
        setattr(sys.modules[package], name, value)
        return value

    return __getattr__
