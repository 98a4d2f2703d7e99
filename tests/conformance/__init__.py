"""CPython's own tests, run against `AsyncTestCase` and compared with the unmodified run, test for test.

Two kinds of module are run, each one twice, in a process of its own:

* ``unittest`` modules: the tests that CPython has for `unittest` itself. The classes that *do* the testing keep the
  standard base; the classes *under test* derive from `AsyncTestCase`. A class that reports success without running
  anything can therefore not make its own check vacuous: the check is carried out by `unittest.TestCase`.
* ``suite`` modules: real suites. Here the classes that do the testing derive from `AsyncTestCase`.

`rewrite` changes the syntax tree, `loader` does so at import, `runner` is the child process, `harness` starts it,
`compare` judges the two outcomes, `catalogue` says which modules are run and how much of each must have been
reached, `corrections` lists the only differences that are allowed.

By hand: ``python -m tests.conformance``.
"""
