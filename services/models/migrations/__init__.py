"""Numbered steps of the schema, run by `services.models.schema`."""
