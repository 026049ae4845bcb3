/* A producer's settings → how its feeds are to be read; what cannot be meant is found before the
 * first feed is opened. */
#ifndef FEEDS_PIPELINE_FEED_SETTINGS_H
#define FEEDS_PIPELINE_FEED_SETTINGS_H

#include "feed/feed_reader.h"
#include "feed/mapping.h"
#include "pipeline/producer_settings.h"

/* mapping: fresh (MAPPING_INIT); the options borrow it and the settings' texts. 0, or -1 with a
 * reason that names the flag. */
int feed_settings_read(const struct producer_settings *settings, struct mapping *mapping,
                       struct feed_options *options, struct reason *reason);

#endif
