"""Alembic's migrations; ``env.py`` runs them on a connection that is handed in."""
