//! Operations alike: `page-1.pdf` and `page-2.pdf` are one family.

use alloc::string::String;

/// Appends a text with every run of digits as one `#`.
fn mask_digits(text: &str, to: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| b.is_ascii_digit()) {
        to.push_str(&rest[..at]);
        to.push('#');
        rest = rest[at..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    to.push_str(rest);
}

/// Puts the name of an operation's family in place of `name`: the first word of its
/// command, where that is known, and its id with the digits masked.
pub fn family_of(head: &str, id: &str, name: &mut String) {
    name.clear();
    if !head.is_empty() {
        name.push_str(head);
        name.push(' ');
    }
    mask_digits(id, name);
}
