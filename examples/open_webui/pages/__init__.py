"""Open WebUI's pages: the only place that knows its locators."""
