'use strict';

// Plans written one by one through Strapi's own services: what cannot be written as a row, and with the
// option `documents` everything. All hooks, document middlewares and webhooks fire.

function createDocument({ strapi, type }, { data }) {
  if (!strapi.documents) {
    const publishedAt = type.drafts ? { publishedAt: type.publish ? new Date() : null } : {};
    return strapi.entityService.create(type.uid, { data: { ...data, ...publishedAt } });
  }
  return strapi.documents(type.uid).create({ data, status: type.publish ? 'published' : 'draft' });
}

// With Draft & Publish on Strapi 5 the draft is changed; with the option `publish` a published document
// is published again, as a PUT does it.
function updateDocument({ strapi, type }, { rows, current, patch }) {
  if (!strapi.documents) return strapi.entityService.update(type.uid, current.id, { data: patch });
  const isPublished = type.publish && rows.some((row) => row.publishedAt);
  return strapi.documents(type.uid).update({
    documentId: current.documentId,
    data: patch,
    status: isPublished ? 'published' : 'draft',
  });
}

module.exports = { createDocument, updateDocument };
