"""What agents believe: stores, their immutable versions, blame and bundles."""
