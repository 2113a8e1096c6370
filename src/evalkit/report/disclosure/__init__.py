"""Disclosure control: what may be published of counts of contacts, decided before anything is drawn or written."""
