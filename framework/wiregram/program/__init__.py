"""The compiled form of descriptions: plain tables that can be dumped, cached and compared."""
