"""Pages: a request becomes a call of a service, a result becomes a page."""
