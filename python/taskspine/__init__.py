"""The PostgreSQL backbone of AI-driven software development.

The rules live in the database; this package is its typed face. A program that calls named
queries starts with `taskspine.queries`; a program that wants a server of its own, for a trial or
for its tests, with `taskspine.server`.
"""

__version__ = "0.1.0"
