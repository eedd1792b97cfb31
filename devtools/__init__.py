"""What `dev.py` is made of; the standard library is all it needs.

`processes` starts programs and ends them with this one, `environments` has Hatch make what they run
in, `components` provides what is not Python, `groups` says what is checked, and `testing` runs it.
"""
