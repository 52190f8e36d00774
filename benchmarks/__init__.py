"""How fast the whole runtime is, beside others that do the same work in the same minute."""
