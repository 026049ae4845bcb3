"""Strapi's process, under the supervisor of scripts/stack, which starts it again."""

import os

import requests

from waiting import wait_for


def pid(stack):
    """None while there is none."""
    try:
        return int(stack.run("pid", "strapi"))
    except AssertionError:
        return None


def end(stack, number):
    """Returns when another one answers."""
    before = pid(stack)
    os.kill(before, number)
    wait_for(lambda: pid(stack) not in (None, before), "another Strapi")
    wait_for(lambda: answers(stack.env["STRAPI_URL"]), "that it answers")


def answers(url):
    try:
        return requests.get(f"{url}/_health", timeout=5).ok
    except requests.RequestException:
        return False
