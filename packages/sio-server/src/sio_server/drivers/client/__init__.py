"""What both drivers keep about one client."""
