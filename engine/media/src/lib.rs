//! Worker threads that drive media-worker over sockets.
