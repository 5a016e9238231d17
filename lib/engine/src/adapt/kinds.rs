//! Two kinds at once.
