/* Topic `stock` → the stock of Strapi's products. */
#include "entities/entities.h"
#include "pipeline/consumer_main.h"

int main(int argc, char **argv)
{
    return consumer_main(argc, argv, &entity_stock);
}
