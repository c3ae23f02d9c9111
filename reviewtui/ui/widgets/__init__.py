"""Widgets of the desk. They draw what they are given and know no service."""
