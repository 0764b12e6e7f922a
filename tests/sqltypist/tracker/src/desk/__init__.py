"""The Python face of a help desk."""
