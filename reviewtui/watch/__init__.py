"""Hints that something changed in a folder; never a fact. Decodes nothing, writes nothing."""
