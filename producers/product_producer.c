/* product-producer: a supplier's product feed → topic product. */
#include "entities/entities.h"
#include "pipeline/producer_main.h"

int main(int argc, char **argv)
{
    return producer_main(argc, argv, &entity_product);
}
