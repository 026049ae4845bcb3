/* event-producer: an event feed → topic event. */
#include "entities/entities.h"
#include "pipeline/producer_main.h"

int main(int argc, char **argv)
{
    return producer_main(argc, argv, &entity_event);
}
