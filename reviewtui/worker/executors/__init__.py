"""Where runs happen, behind ``reviewtui.model.runs.Executor``. Must not know of databases or settings."""
