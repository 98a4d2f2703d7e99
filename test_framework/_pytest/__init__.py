"""How pytest collects and runs the classes of this package; loaded when it meets the first of them."""

from __future__ import annotations
