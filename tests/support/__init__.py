"""What tests of several packages share: real components and how to find them."""
