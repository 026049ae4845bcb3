"""Every random choice of a case comes from here, so that a seed repeats what the case does (not when).

FAULT_SEED    a number; default: another one each time. It is printed with each case
FAULT_ROUNDS  how often a case that goes round breaks something; default 2
"""

import os
import random

SEED = "FAULT_SEED"
ROUNDS = "FAULT_ROUNDS"


def settle_seed():
    """Before the workers are started: all of them use the same one."""
    if not os.environ.get(SEED):
        os.environ[SEED] = str(random.randrange(1, 10**6))


def seed():
    return int(os.environ[SEED])


def rounds():
    return int(os.environ.get(ROUNDS) or 2)


class Chance(random.Random):
    """A case's own: what the others draw changes nothing for it."""

    def __init__(self, case):
        super().__init__(f"{seed()} {case}")
