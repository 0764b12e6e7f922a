"""Agents drain a task list before the reader's eyes: python -m taskspine.demo.

The list is imported into a database of its own; agents are processes that claim, work (a short
pause), fail now and then, and one of them is killed. What is shown is read from the database.
"""
