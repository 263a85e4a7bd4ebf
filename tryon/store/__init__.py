"""Merchants' products: rows in SQLite or PostgreSQL, files as blobs. Sole user of SQLAlchemy."""
