"""JSON, MessagePack and CBOR as peers write and read them."""
