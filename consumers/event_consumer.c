/* Topic `event` → Strapi's events. */
#include "entities/entities.h"
#include "pipeline/consumer_main.h"

int main(int argc, char **argv)
{
    return consumer_main(argc, argv, &entity_event);
}
