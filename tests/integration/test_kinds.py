"""Every kind of Strapi that users have: version 4, the course's schema without an index, Draft & Publish.
Each is started once, beside the stack, with a database of its own."""

from dataclasses import dataclass

import pytest
import requests

from pipe import catalogue, product
from test_feed import FEED, barcode_of, expected_products, good_rows


@dataclass(frozen=True)
class Kind:
    name: str
    strapi: int = 5
    bare: bool = False
    drafts: bool = False

    @property
    def has_index(self):
        """On Strapi 5 a draft and its published version are two rows of one barcode."""
        return not self.bare and not (self.drafts and self.strapi == 5)

    @property
    def options(self):
        return [
            *("--strapi", str(self.strapi)),
            *("--schema", "bare" if self.bare else "full"),
            *(["--drafts"] if self.drafts else []),
        ]


KINDS = (
    Kind("strapi_4", strapi=4),
    Kind("bare", bare=True),
    Kind("drafts", drafts=True),
    Kind("strapi_4_drafts", strapi=4, drafts=True),
)


class Products:
    """What is fed, and what must be in PostgreSQL then."""

    # Without the barcode that comes twice: its two rows change the entry each time, there and back.
    stable_rows = [cells for cells in good_rows() if barcode_of(cells) != "6216617939"]

    def send(self, pipe):
        pipe.produce(FEED)

    def check(self, pipe):
        assert pipe.database.products() == expected_products()

    def send_stable(self, pipe):
        pipe.produce(pipe.write_feed(self.stable_rows))

    def state(self, pipe):
        return pipe.database.change_times()


CASES = {"product": Products()}


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def kind_env(kind, session_stack):
    with session_stack.beside(kind.name, *kind.options) as stack:
        yield stack.env


@pytest.fixture
def target_env(kind_env):
    return kind_env


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


class Api:
    """Somebody else who writes to Strapi, and publishes what he writes."""

    def __init__(self, env):
        self.env = env

    def post(self, entry):
        return requests.post(
            f"{self.env['STRAPI_URL']}/api/products",
            json={"data": entry},
            headers={"Authorization": f"Bearer {self.env['STRAPI_TOKEN']}"},
            timeout=30,
        )

    def create(self, entry):
        answer = self.post(entry)
        assert answer.ok, answer.text


@pytest.fixture
def api(kind_env):
    return Api(kind_env)


def published(database):
    return database.query("SELECT * FROM products WHERE published_at IS NOT NULL ORDER BY id")


def rows_of(database, barcode):
    return database.query("SELECT * FROM products WHERE barcode = %s ORDER BY id", (barcode,))


def test_a_feed(pipe, kind, case):
    case.send(pipe)
    consumed = pipe.consume()
    assert consumed["rejected"] == 0 and pipe.is_committed()
    case.check(pipe)
    if kind.drafts:
        assert published(pipe.database) == []


def test_a_second_run_changes_nothing(pipe, case):
    case.send_stable(pipe)
    pipe.consume()
    before = case.state(pipe)
    case.send_stable(pipe)
    consumed = pipe.consume()
    assert consumed["unchanged"] == consumed["done"] == len(before)
    assert case.state(pipe) == before
    assert pipe.errors() == []


def test_a_change_changes_its_entry_only(pipe, kind):
    products = catalogue(20)
    pipe.send(products)
    pipe.consume()
    before = pipe.database.change_times()
    changed = {**products[7], "description": "Now better than ever"}
    pipe.send([changed])
    assert pipe.consume()["updated"] == 1
    after = pipe.database.change_times()
    assert [barcode for barcode in before if after[barcode] != before[barcode]] == [changed["barcode"]]
    pipe.check_delivered([changed if item["barcode"] == changed["barcode"] else item for item in products])
    if kind.drafts:
        assert published(pipe.database) == []


def test_what_somebody_published(pipe, kind, api):
    """A feed changes it, and neither publishes nor hides anything."""
    first, second = product(1), product(2)
    api.create(first)
    api.create(second)
    before = [row for row in pipe.database.rows() if row.get("published_at")]
    pipe.send([{**first, "name": "Renamed"}, second])
    consumed = pipe.consume()
    assert (consumed["updated"], consumed["unchanged"], consumed["created"]) == (1, 1, 0)
    after = [row for row in pipe.database.rows() if row.get("published_at")]
    names = [row["name"] for row in rows_of(pipe.database, first["barcode"])]
    if kind.drafts and kind.strapi == 5:
        # The draft and the published version are two rows of one barcode.
        assert after == before and len(before) == 2
        assert sorted(names) == ["Product 1", "Renamed"]
        (draft,) = [row for row in rows_of(pipe.database, first["barcode"]) if not row["published_at"]]
        assert draft["name"] == "Renamed"
    else:
        assert names == ["Renamed"] and len(after) == len(before)


def test_a_barcode_that_is_there_twice(pipe, kind, api):
    """Where no index prevents it: the oldest is the one that is changed."""
    twin = product(1)
    api.create(twin)
    if kind.has_index:
        assert api.post(twin).status_code == 500
        return
    api.create(twin)
    pipe.send([{**twin, "name": "Renamed"}])
    assert pipe.consume()["updated"] == 1
    names = [row["name"] for row in pipe.database.rows() if not (kind.drafts and row["published_at"])]
    assert names == ["Renamed", twin["name"]]


def test_what_is_found_out(pipe, kind, api):
    api.create(product(1))
    check = pipe.start_consumer("--check-target").ends_with(0)
    assert f" strapi={kind.strapi} drafts={'on' if kind.drafts else 'off'} " in check.stderr
    pipe.database.empty()
    check = pipe.start_consumer("--check-target").ends_with(0)
    drafts = "unknown" if kind.strapi == 5 else "on" if kind.drafts else "off"
    assert f" strapi={kind.strapi} drafts={drafts} " in check.stderr
