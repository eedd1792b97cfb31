"""What every driver of a server owes the core, as checks that anybody's driver can be run against.

    @pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
    def test_the_contract(check):
        check(MyRig())

`MyRig` is a `Rig`: it makes one driver and plays the web server for it. A check raises
`ContractBroken`, which says what the driver forgot, did twice or left behind. The driver runs a
`WatchedServer`, an Engine.IO server by a clock that stands still; ids and chance come from there,
too, so that a check that fails does so again.
"""

from __future__ import annotations

from collections.abc import Callable

from .end_checks import (
    a_body_that_does_not_come_is_given_up,
    a_cancelled_request_leaves_nothing_behind,
    a_client_that_leaves_is_noticed_at_every_turn,
    a_deadline_that_comes_nearer_is_kept,
    closing_is_bounded,
    deadlines_are_kept,
)
from .message_checks import (
    a_poll_is_answered_with_what_waits,
    a_slow_client_gets_everything_later,
    a_write_that_fails_harms_nobody_else,
    an_unknown_session_is_refused,
    an_upgrade_loses_nothing,
    events_follow_the_output_of_their_input,
    messages_are_handed_on_once_and_in_order,
    output_is_taken,
)
from .rig import Rig

Check = Callable[[Rig], None]


CHECKS: tuple[Check, ...] = (
    messages_are_handed_on_once_and_in_order,
    events_follow_the_output_of_their_input,
    an_unknown_session_is_refused,
    output_is_taken,
    a_poll_is_answered_with_what_waits,
    a_slow_client_gets_everything_later,
    a_write_that_fails_harms_nobody_else,
    an_upgrade_loses_nothing,
    deadlines_are_kept,
    a_deadline_that_comes_nearer_is_kept,
    a_body_that_does_not_come_is_given_up,
    a_client_that_leaves_is_noticed_at_every_turn,
    a_cancelled_request_leaves_nothing_behind,
    closing_is_bounded,
)
"""Every check, each for a new rig."""
