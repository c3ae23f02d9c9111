"""Makers of pixels behind one interface. Heavy libraries are imported inside ``load()`` only."""
