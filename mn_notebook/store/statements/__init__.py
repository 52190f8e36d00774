"""The statements of the store, defined with the tables; `store.compiling` makes text of them."""
