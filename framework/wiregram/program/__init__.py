"""The compiled form of descriptions: plain tables that can be dumped, cached and compared. Made by `compiler` and `frontends`, run by the rooms behind."""
