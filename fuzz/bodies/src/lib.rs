//! What the fuzz targets run, also replayed as tests.
