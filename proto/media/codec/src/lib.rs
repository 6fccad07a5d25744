//! G.711 and tones.
