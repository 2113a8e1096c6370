"""How fast logs are counted, and in how much memory, beside pandas."""
