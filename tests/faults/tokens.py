"""An API token of the case's own: taken away, restored, and changed without anybody else noticing. Made in
Strapi's database, as Strapi itself keeps it."""

import hashlib
import hmac
import uuid

from database import TOKEN

LINKS = "strapi_api_token_permissions_token_lnk"


class Token:
    """With the rights of the stack's token, whatever they are."""

    def __init__(self, database, env):
        self.database = database
        self.text = uuid.uuid4().hex
        salt = f"salt-{env['STACK_SECRET']}"
        self.key = hmac.new(salt.encode(), self.text.encode(), hashlib.sha512).hexdigest()
        self.name = f"faults-{self.text[:8]}"
        self.actions = self.rights_of(TOKEN)
        assert self.actions, "the stack's token has no rights"
        self.grant()

    def rights_of(self, name):
        rows = self.database.query(
            "SELECT action FROM strapi_api_token_permissions p"
            f" JOIN {LINKS} l ON l.api_token_permission_id = p.id"
            " JOIN strapi_api_tokens t ON t.id = l.api_token_id WHERE t.name = %s",
            (name,),
        )
        return sorted(row["action"] for row in rows)

    def grant(self):
        """It is there, with its rights."""
        self.database.query(
            "INSERT INTO strapi_api_tokens"
            " (document_id, name, kind, type, access_key, created_at, updated_at, published_at)"
            " VALUES (%s, %s, 'content-api', 'custom', %s, now(), now(), now())",
            (self.name, self.name, self.key),
        )
        for action in self.actions:
            self.allow(action)

    def revoke(self):
        for action in self.rights_of(self.name):
            self.deny(action)
        self.database.query("DELETE FROM strapi_api_tokens WHERE name = %s", (self.name,))

    def allow(self, action):
        self.database.query(
            "WITH made AS (INSERT INTO strapi_api_token_permissions"
            " (document_id, action, created_at, updated_at, published_at)"
            " VALUES (%s, %s, now(), now(), now()) RETURNING id)"
            f" INSERT INTO {LINKS} (api_token_permission_id, api_token_id)"
            " SELECT made.id, t.id FROM made, strapi_api_tokens t WHERE t.name = %s",
            (uuid.uuid4().hex, action, self.name),
        )

    def deny(self, action):
        self.database.query(
            f"DELETE FROM strapi_api_token_permissions WHERE action = %s AND id IN (SELECT l.api_token_permission_id"
            f" FROM {LINKS} l JOIN strapi_api_tokens t ON t.id = l.api_token_id WHERE t.name = %s)",
            (action, self.name),
        )
