//! Bindings of browsers behind the border.
