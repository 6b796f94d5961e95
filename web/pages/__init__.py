"""The household's pages, one resource a file."""
