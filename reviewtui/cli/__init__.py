"""The command line: the composition root, and one file of commands per group."""
