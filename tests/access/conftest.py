"""Every test of a query gets a connection, a project to ask about, and both ways to ask."""

from asking import ask, connection, desk

__all__ = ["ask", "connection", "desk"]
