"""The guards: levels, reports, threads, coroutines, clocks."""
