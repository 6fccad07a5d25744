//! A small telephone exchange for the demo and the tests: registrar, proxy, echo and tone.
