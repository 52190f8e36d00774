"""What must never be written: where secrets come from, and how texts are rid of them."""
