"""The household's browser pages and the JSON API."""
