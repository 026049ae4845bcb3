'use strict';

// Strapi 5 publishes a document by copying its draft into a new row, and discards a draft by copying
// what is published, without a lock: a movement in between would be missing from the copy. So whoever
// does that for one of our types waits for the rows first. A PUT needs no guard: its update locks the
// draft before it copies.

const COPYING = new Set(['publish', 'discardDraft']);

function guardPublishing({ strapi, usableTypes }) {
  const guarded = new Set(usableTypes().filter((type) => type.paired).map((type) => type.uid));
  if (guarded.size === 0) return;
  strapi.documents.use((context, next) => {
    if (!guarded.has(context.uid) || !COPYING.has(context.action)) return next();
    return strapi.db.transaction(async () => {
      const { documentId } = context.params;
      await strapi.db
        .queryBuilder(context.uid)
        .select(['id'])
        .where({ documentId })
        .orderBy({ id: 'asc' })
        .forUpdate()
        .execute();
      return next();
    });
  });
}

module.exports = { guardPublishing };
