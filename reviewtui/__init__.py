"""reviewtui: the review desk for AI images that you reach with ssh."""

__version__ = "0.1.0"
