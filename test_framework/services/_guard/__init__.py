"""The guard of one server: a program of its own, so that the server ends whatever becomes of the tests.

It is started as ``python -I -S -c ...``, with the folder above this package on its path and nothing of the rest of
the house: its modules import the standard library and each other only, and little of that, since every start of a
server waits for it. It reads one message that says what to run, makes a directory, starts the server in it and
answers with one message. Then it waits for the end of its standard input, which comes when the process that started
it closes it or dies of whatever, and for that process to be gone, since a fork of it may hold the pipe. Then it ends
the server and removes the directory. The kernel ends the server, and the programs that prepare it, when the guard
itself is killed (prctl(2), PR_SET_PDEATHSIG).
"""
