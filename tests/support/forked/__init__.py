"""Processes that begin with their modules imported: most of what a short one would do.

A template (`template.py`) is a process that imports what others will need, and forks one for each
`start` of `processes.py`. What is forked runs `python -m MODULE ARGUMENTS` as its own: its
variables, its output, its process group, nothing of a loop, a socket or a thread of another.
Modules that look at the variables of the process are left to it.
"""
