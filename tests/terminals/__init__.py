"""Tests with real terminals, run by ``scripts/test --terminals``; their screenshots are looked at."""
