"""JSON and MessagePack as peers write and read them."""
