//! Fake trees.
