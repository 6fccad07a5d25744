//! Sockets, TLS and WebSocket: bytes of the outer world.
