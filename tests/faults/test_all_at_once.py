"""Stock is fed before its products, and all services start at once: a movement waits for its product."""

from chance import rounds

COUNT = 100


def test_movements_before_their_products(case):
    products = case.flow("product")
    records = products.feed.make(COUNT)
    about = {"PRODUCT_TOPIC": products.topic, "PRODUCT_GROUP": products.group, "PRODUCT_GRACE": "2s"}
    stock = case.flow("stock", follows=True, **about)
    stock.follow(products, records)
    stock.send(3 * COUNT)
    stock.start_consumer()
    products.start_consumer()
    for _ in range(rounds()):
        stock.send(COUNT)
    products.send_records(records)
    for flow in (products, stock):
        flow.await_end()
    products.account().check()
    stock.account().check()
