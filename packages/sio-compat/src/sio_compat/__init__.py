"""What the packages `socketio` and `engineio` share, under a name that no other distribution has.

python-socketio and python-engineio may have overwritten either of them, but nothing here.
"""
