//! Regular expressions that mean the same to grep(1).

/// True where `grep -E` reads a pattern as pgrun does, which looks at each line, too. What both
/// write is letters, groups, alternatives, repetitions and simple classes; a backslash before
/// a letter, `(?`, `{` and nested classes are read differently.
pub fn grep_knows(pattern: &str) -> bool {
    let mut letters = pattern.chars().peekable();
    let mut class = false;
    while let Some(letter) = letters.next() {
        let next = letters.peek().copied();
        let same = match letter {
            '\\' if class => false,
            '\\' => next.is_some_and(|next| next.is_ascii_punctuation() && !"<>`'".contains(next)),
            '[' if class => false,
            ']' => class,
            '(' => class || next != Some('?'),
            // twice is lazy or possessive here, and again there
            '*' | '+' | '?' => class || !next.is_some_and(|next| "*+?".contains(next)),
            '{' | '}' => false,
            '&' | '~' | '-' => !class || next != Some(letter),
            letter => !letter.is_control(),
        };
        if !same {
            return false;
        }
        match letter {
            '\\' => drop(letters.next()),
            '[' => {
                class = true;
                letters.next_if_eq(&'^');
                // one that stands first is a letter of the class to both
                letters.next_if_eq(&']');
            }
            ']' => class = false,
            _ => {}
        }
    }
    !class
}

#[cfg(test)]
mod tests {
    use super::grep_knows;

    #[test]
    fn what_both_write() {
        for pattern in [r"\[ERROR\]", "ERROR|FATAL", "^a.*b$", "[0-9]+ failed", "(a|b)?c", "[^]x]"]
        {
            assert!(grep_knows(pattern), "{pattern}");
        }
        for pattern in [
            r"\d+",
            r"\bword\b",
            "(?i)error",
            "a{2}",
            "[[:alpha:]]",
            r"[\w]",
            "a+?",
            "[a--b]",
            "[a",
            r"\<a",
            "a\n",
            r"a\",
            "]",
        ] {
            assert!(!grep_knows(pattern), "{pattern}");
        }
    }
}
