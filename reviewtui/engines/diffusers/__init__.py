"""Inpaint models through the diffusers library. Importing any of this loads no model library; ``load()`` does."""
