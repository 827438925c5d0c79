"""Who renders: worker processes here or on a Ray cluster, the cache of renders, storage elsewhere."""
