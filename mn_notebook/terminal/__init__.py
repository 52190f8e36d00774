"""The parts of the command ``mn``: what it shows, as text or as JSON, and how it ends."""
