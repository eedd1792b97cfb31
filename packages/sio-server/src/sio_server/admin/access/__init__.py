"""Who may look at the page: names and passwords, sessions, and how often one may try."""
