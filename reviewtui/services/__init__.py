"""Use cases over store and model: what screens, commands and the worker call. No Textual, no SQL."""
