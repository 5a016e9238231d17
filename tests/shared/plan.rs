//! `pgplan` on shared data.
