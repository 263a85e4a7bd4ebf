"""What is worn: one module a kind and one row in the kind table."""
