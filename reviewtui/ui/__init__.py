"""The desk's screen: everything that needs Textual."""
