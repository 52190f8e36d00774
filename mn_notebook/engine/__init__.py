"""Drives runs: asks the heart what is next, journals it, and lets it be done."""
