"""Strapi's process, under the supervisor of scripts/stack, which starts it again."""

import os

from waiting import wait_for


def pid(stack):
    """None while there is none."""
    try:
        return int(stack.run("pid", "strapi"))
    except AssertionError:
        return None


def end(stack, number):
    """Returns when another one was started; it is not ready then."""
    before = pid(stack)
    os.kill(before, number)
    wait_for(lambda: pid(stack) not in (None, before), "another Strapi")
