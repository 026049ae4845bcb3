"""Strapi or its database goes away in the middle: three flows at once, one of each entity. Everything waits,
nothing is refused for it, nobody loses a partition, and all of it arrives."""

import signal
import time

import pytest
import requests

import strapi
from chance import rounds
from waiting import wait_for

WAVE = 150
MOST = {"product": 60, "event": 60, "stock": 20}
AWAY_S = 10
NOBODYS = "an event of nobody's"


class Scene:
    """Three flows under way, and what can be done to the target meanwhile. At the end of each all is back."""

    def __init__(self, case, stack):
        self.case = case
        self.stack = stack
        self.flows = [case.flow(entity) for entity in MOST]

    def strapi_sigterm(self):
        strapi.end(self.stack, signal.SIGTERM)

    def strapi_kill(self):
        strapi.end(self.stack, signal.SIGKILL)

    def postgres_stopped(self):
        self.stack.stop("postgres")
        back_at = time.monotonic() + AWAY_S
        wait_for(lambda: time.monotonic() > back_at, "the end of the outage")
        self.stack.start("postgres")

    def postgres_kill(self):
        self.stack.run("kill", "postgres")
        self.stack.start("postgres")

    def read_only(self):
        """As with a full disk: what is asked for is answered, and each write is a 500."""
        query = self.case.database.query
        query("SET default_transaction_read_only = off")  # for ourselves
        query("ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            query("SELECT pg_reload_conf()")
            wait_for(lambda: self.api("POST").status_code == 500, "that Strapi cannot write")
            assert self.api("GET").status_code == 200
            for flow in self.flows:
                flow.send(self.case.load(WAVE))
                flow.await_outage()
        finally:
            query("ALTER SYSTEM RESET default_transaction_read_only")
            query("SELECT pg_reload_conf()")
            query("DELETE FROM events WHERE value = %s", (NOBODYS,))

    def api(self, method):
        return requests.request(
            method,
            f"{self.case.env['STRAPI_URL']}/api/events",
            headers={"Authorization": f"Bearer {self.case.env['STRAPI_TOKEN']}"},
            json={"data": {"value": NOBODYS}} if method == "POST" else None,
            timeout=30,
        )


FAULTS = ("strapi_sigterm", "strapi_kill", "postgres_stopped", "postgres_kill", "read_only")


@pytest.mark.parametrize("fault", FAULTS)
def test_the_target_goes_away(case, turn, session_stack, fault):
    scene = Scene(case, session_stack)
    flows = scene.flows
    for flow in flows:
        flow.start_consumer()
    owners = [flow.await_owned() for flow in flows]
    for _ in range(max(1, rounds() // 2)):
        with turn.alone():
            since = [flow.effects.marks() for flow in flows]
            for flow in flows:
                flow.send(case.load(WAVE))
            one = case.chance.randrange(len(flows))
            flows[one].await_touched(since[one], case.chance.randrange(1, MOST[flows[one].entity]))
            getattr(scene, fault)()
    for flow in flows:
        flow.await_end(300)
    turn.come_in()
    for flow in flows:
        flow.account().check()
    assert [flow.owners() for flow in flows] == owners
