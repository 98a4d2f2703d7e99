"""What the class does, whatever its tests do.

Sample classes are made from parts and run, and what happened is compared with what must happen: the order of the
phases, every outcome that the result was told of, and the test that comes next, which must not notice anything.
The standard class is the oracle wherever it has an answer; where the answer differs on purpose, `corrections` says so.

`recording` runs sample classes in this process, `pytest_runs` runs them under pytest in another one, `samples` makes
them, `surroundings` looks at what a test finds when it starts, `backends` names the backends that are installed.
"""
