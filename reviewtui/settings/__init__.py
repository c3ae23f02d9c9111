"""Typed settings with the source of each value remembered, and the places where things live."""
