/* The name of a message, as text: what an APPEND writes next to its entry, so that a redelivery, or
 * a write whose outcome nobody knows, can be looked up.
 *
 *     event/2/18831/1795245540123     topic, partition, offset, timestamp (ms; -1: it has none)
 *
 * The timestamp is in it because a topic that is deleted and made anew counts its offsets from 0
 * again. The same message has the same name in every process and for ever; nothing else may. */
#ifndef FEEDS_CORE_MESSAGE_IDENTITY_H
#define FEEDS_CORE_MESSAGE_IDENTITY_H

#include "core/entity.h"
#include "core/message.h"

/* It fits a short text field of Strapi's. */
#define MESSAGE_IDENTITY_SIZE (SHORT_TEXT_UNITS + 1)

/* Of a topic's name beyond 202 characters the first 185 stand there, then ~ and a hash of the whole.
 */
void message_identity(const struct message *message, char text[MESSAGE_IDENTITY_SIZE]);

#endif
