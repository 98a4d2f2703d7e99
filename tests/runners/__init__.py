"""The runners: loops, tasks, leftovers, stacks, Ctrl-C."""
