"""The background process of a workspace: watching, ingest, and the dispatcher with its executors.

Must not import a screen or torch.
"""
