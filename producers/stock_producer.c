/* stock-producer: a feed of stock movements → topic stock. */
#include "entities/entities.h"
#include "pipeline/producer_main.h"

int main(int argc, char **argv)
{
    return producer_main(argc, argv, &entity_stock);
}
