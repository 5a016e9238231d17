//! Keys out of the bytes that a terminal sends for them. Pure.

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A letter, a digit, a sign.
    Char(char),
    /// Up, or back, by one.
    Up,
    /// Down by one.
    Down,
    /// Up by a page.
    PageUp,
    /// Down by a page.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Out of here.
    Escape,
    /// Done.
    Enter,
    /// The last letter away.
    Backspace,
}

const ESCAPE: u8 = 0x1b;

/// Takes the first key out of some bytes; `None` where no whole key is left. What is no
/// key is passed over.
pub fn next(bytes: &mut &[u8]) -> Option<Key> {
    while let Some((first, rest)) = bytes.split_first() {
        match *first {
            ESCAPE => {
                let (key, len) = sequence(rest);
                *bytes = &rest[len..];
                if key.is_some() {
                    return key;
                }
            }
            b'\r' | b'\n' => return take(bytes, 1, Key::Enter),
            0x7f | 0x08 => return take(bytes, 1, Key::Backspace),
            0x00..0x20 => *bytes = rest,
            _ => {
                let end = (1..=bytes.len().min(4)).find_map(|end| {
                    let text = std::str::from_utf8(&bytes[..end]).ok()?;
                    Some((text.chars().next()?, end))
                });
                match end {
                    Some((letter, len)) => return take(bytes, len, Key::Char(letter)),
                    None => *bytes = rest,
                }
            }
        }
    }
    None
}

fn take(bytes: &mut &[u8], len: usize, key: Key) -> Option<Key> {
    *bytes = &bytes[len..];
    Some(key)
}

/// What follows an escape: the key, if it is a known one, and its length.
fn sequence(rest: &[u8]) -> (Option<Key>, usize) {
    let [b'[' | b'O', tail @ ..] = rest else { return (Some(Key::Escape), 0) };
    // numbers and semicolons, then one letter or ~
    let Some(end) = tail.iter().position(|byte| (0x40..0x7f).contains(byte)) else {
        return (None, rest.len());
    };
    let key = match (&tail[..end], tail[end]) {
        (_, b'A') => Some(Key::Up),
        (_, b'B') => Some(Key::Down),
        (_, b'H') | (b"1" | b"7", b'~') => Some(Key::Home),
        (_, b'F') | (b"4" | b"8", b'~') => Some(Key::End),
        (b"5", b'~') => Some(Key::PageUp),
        (b"6", b'~') => Some(Key::PageDown),
        _ => None,
    };
    (key, end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(mut bytes: &[u8]) -> Vec<Key> {
        std::iter::from_fn(|| next(&mut bytes)).collect()
    }

    #[test]
    fn keys_of_the_usual_terminals() {
        let all = keys(b"q\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[1;5A\r\x7f\x01\xc3\xa4/");
        let wanted = [
            Key::Char('q'),
            Key::Up,
            Key::Down,
            Key::PageUp,
            Key::PageDown,
            Key::Home,
            Key::End,
            Key::Up,
            Key::Enter,
            Key::Backspace,
            Key::Char('ä'),
            Key::Char('/'),
        ];
        assert_eq!(all, wanted);
        assert_eq!(keys(b"\x1b"), [Key::Escape]);
        assert_eq!(keys(b"\x1bq"), [Key::Escape, Key::Char('q')]);
    }

    #[test]
    fn what_is_no_key_is_passed_over() {
        assert_eq!(keys(b"\x1b[?1;2c\xff\x1b[200~a\x1b["), [Key::Char('a')]);
    }
}
