//! The man page's own parts.

use crate::entry::Example;

/// Examples; each is run by the tests.
pub const EXAMPLES: &[Example] = &[
    Example {
        about: "A job for each argument, four at a time, output in order",
        shell: "pgrun -k -j4 'echo {} | tr a-z A-Z' ::: one two three",
        output: Some("ONE\nTWO\nTHREE\n"),
    },
    Example {
        about: "A job for each line of standard input",
        shell: "printf '%s\\n' a.tar.gz b.txt | pgrun -k echo {.}",
        output: Some("a.tar\nb\n"),
    },
];

/// Further sections.
pub const SECTIONS: &[(&str, &str)] = &[];
