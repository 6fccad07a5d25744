//! Phones, browsers, networks and a virtual clock, as a library.
