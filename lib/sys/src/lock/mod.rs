//! Named locks: two files a name, held by the kernel, freed by death.
