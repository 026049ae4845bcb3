"""PostgreSQL as the tests see it: what Strapi has really stored, and the API token."""

from contextlib import contextmanager

import psycopg2
import psycopg2.extras

FIELDS = ("name", "description", "stock_available", "barcode", "status")
TOKEN = "strapi-feeds"
TOKEN_TABLES = (
    "strapi_api_token_permissions",
    "strapi_api_tokens",
    "strapi_api_token_permissions_token_lnk",
)


class Database:
    def __init__(self, env):
        self.env = env
        self.connection = None

    def connect(self):
        env = self.env
        self.connection = psycopg2.connect(
            host=env["PGHOST"],
            port=env["PGPORT"],
            user=env["PGUSER"],
            password=env["PGPASSWORD"],
            dbname=env["PGDATABASE"],
            connect_timeout=5,
        )
        self.connection.autocommit = True
        self.connection.set_client_encoding("UTF8")

    def query(self, sql, values=()):
        """Connects again when the server was away in between."""
        for last in (False, True):
            try:
                if self.connection is None or self.connection.closed:
                    self.connect()
                with self.connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
                    cursor.execute(sql, values)
                    return [dict(row) for row in cursor.fetchall()] if cursor.description else None
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                self.connection = None
                if last:
                    raise

    def close(self):
        if self.connection is not None:
            self.connection.close()

    # Products

    def empty(self):
        self.query("DELETE FROM products")
        self.query("DELETE FROM events")

    def count(self):
        return self.query("SELECT count(*) AS n FROM products")[0]["n"]

    def rows(self):
        return self.query("SELECT * FROM products ORDER BY id")

    def products(self):
        """{barcode: its fields}. Fails when a barcode is there twice."""
        rows = self.rows()
        products = {row["barcode"]: {field: row[field] for field in FIELDS} for row in rows}
        assert len(products) == len(rows), "a barcode is in the table twice"
        return products

    def written_twice(self):
        """Barcodes of entries that were changed after they were created."""
        return [row["barcode"] for row in self.rows() if row["updated_at"] != row["created_at"]]

    def change_times(self):
        return {row["barcode"]: (row.get("document_id", row["id"]), row["updated_at"]) for row in self.rows()}

    @contextmanager
    def refusing(self, prefix):
        """Whose name begins so cannot be stored: Strapi answers 500, for this record alone."""
        self.query(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION USING MESSAGE = 'refused: ' || NEW.name; END $$"
        )
        self.query(
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON products FOR EACH ROW"
            f" WHEN (starts_with(NEW.name, '{prefix}')) EXECUTE FUNCTION refuse()"
        )
        try:
            yield
        finally:
            self.query("DROP TRIGGER refuse ON products")

    # The API token

    def take_token(self):
        """Deletes it; give_back() brings exactly it back."""
        kept = self.keep()
        self.query("DELETE FROM strapi_api_tokens WHERE name = %s", (TOKEN,))
        return kept

    def take_permission(self, action):
        kept = self.keep()
        self.query(
            "DELETE FROM strapi_api_token_permissions WHERE action = %s AND id IN (SELECT"
            " api_token_permission_id FROM strapi_api_token_permissions_token_lnk WHERE api_token_id ="
            " (SELECT id FROM strapi_api_tokens WHERE name = %s))",
            (action, TOKEN),
        )
        assert kept != self.keep(), f"the token has no {action}"
        return kept

    def keep(self):
        return {table: self.query(f"SELECT * FROM {table} ORDER BY id") for table in TOKEN_TABLES}

    def give_back(self, kept):
        for table in TOKEN_TABLES:
            for row in kept[table]:
                columns = ", ".join(row)
                places = ", ".join(["%s"] * len(row))
                self.query(
                    f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT DO NOTHING",
                    list(row.values()),
                )
        assert self.keep().keys() == kept.keys()
