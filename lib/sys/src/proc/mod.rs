//! Reading `/proc`, `/sys` and cgroups.
