"""The statements of the store as SQLite takes them, made by `store.compiling`."""
