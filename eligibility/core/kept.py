"""An attribute that is derived when it is first read, and kept with its object from then on."""

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

Owner = TypeVar("Owner")
Value = TypeVar("Value")


class kept(Generic[Owner, Value]):  # noqa: N801  a decorator, like `property`
    """``functools.cached_property`` without the lock that it takes in Python 3.11.

    Two threads may both derive the value, which is the same; a verdict waits for no lock.
    """

    def __init__(self, derive: Callable[[Owner], Value]):
        """Derive by a method without arguments."""
        self._derive = derive
        self.__doc__ = derive.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the attribute."""
        self._name = name

    @overload
    def __get__(self, holder: None, owner: Any = None) -> Self: ...

    @overload
    def __get__(self, holder: Owner, owner: Any = None) -> Value: ...

    def __get__(self, holder: Any, owner: Any = None) -> Any:
        """Derive and keep; the next reading finds it in the object and does not come here."""
        if holder is None:
            return self
        found = holder.__dict__[self._name] = self._derive(holder)
        return found
