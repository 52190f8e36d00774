"""What should happen, what has happened, and what happens next: the pure heart."""
