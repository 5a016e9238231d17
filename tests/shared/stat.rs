//! `pgstat` on shared data.
