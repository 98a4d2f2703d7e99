"""The parts of AsyncTestCase: methods, policy, run, phases, scope, conveniences."""
