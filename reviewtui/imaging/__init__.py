"""Pixels: safe decoding, masks, crop and paste-back, metrics, scaling.

Must not know of databases, engines or screens.
"""
