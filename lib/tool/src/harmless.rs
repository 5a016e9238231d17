//! What commands write, made harmless for a terminal: colours pass, what would
//! move the cursor, set the title or fill the clipboard is shown instead of done.

/// Parameters of a sequence that are kept until its last byte tells what it is.
/// A longer one is no colour.
const LONGEST: usize = 64;

const ESCAPE: u8 = 0x1b;

/// A filter for one stream: the pieces may be cut anywhere.
///
/// These pass: text in UTF-8, tab, newline, carriage return, backspace, `ESC [ ... m`
/// (colours and weights) and `ESC [ K` (clears the rest of a line, as compilers do after
/// a colour). Every other control is shown as `cat -v` shows it.
#[derive(Debug, Default)]
pub struct Harmless {
    state: State,
    /// The beginning of a sequence, not yet printed.
    kept: Vec<u8>,
    /// A colour is on.
    painted: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// After ESC.
    Escape,
    /// After ESC [.
    Parameters,
    /// Inside a character; the next byte is from `least` to `most`, and so many follow it.
    Character { least: u8, most: u8, more: u8 },
}

impl Harmless {
    /// Adds to `out` what may be printed of these bytes.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        out.reserve(bytes.len());
        let mut rest = bytes;
        while let Some((&byte, after)) = rest.split_first() {
            if self.state == State::Text {
                let plain = rest.iter().position(|b| !is_plain(*b)).unwrap_or(rest.len());
                if plain > 0 {
                    out.extend_from_slice(&rest[..plain]);
                    rest = &rest[plain..];
                    continue;
                }
            }
            if self.take(byte, out) {
                rest = after;
            }
        }
    }

    /// The stream has ended: what was kept is shown, and a colour ends.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        self.give_up(out);
        if std::mem::take(&mut self.painted) {
            out.extend_from_slice(b"\x1b[0m");
        }
    }

    /// One byte; false where it is to be looked at again, as text.
    fn take(&mut self, byte: u8, out: &mut Vec<u8>) -> bool {
        match self.state {
            State::Text => self.begin(byte, out),
            State::Escape if byte == b'[' => {
                self.kept.push(byte);
                self.state = State::Parameters;
            }
            State::Parameters if (0x20..0x40).contains(&byte) && self.kept.len() < LONGEST => {
                self.kept.push(byte);
            }
            State::Parameters if byte == b'm' || byte == b'K' => {
                self.kept.push(byte);
                self.end_sequence(out);
            }
            State::Character { least, most, more } if (least..=most).contains(&byte) => {
                self.kept.push(byte);
                self.state = match more {
                    0 => State::Text,
                    _ => State::Character { least: 0x80, most: 0xbf, more: more - 1 },
                };
                if more == 0 {
                    self.end_character(out);
                }
            }
            State::Escape | State::Parameters | State::Character { .. } => {
                self.give_up(out);
                return false;
            }
        }
        true
    }

    fn begin(&mut self, byte: u8, out: &mut Vec<u8>) {
        let character = |least, most, more| State::Character { least, most, more };
        self.state = match byte {
            ESCAPE => State::Escape,
            0xc2..=0xdf => character(0x80, 0xbf, 0),
            0xe0 => character(0xa0, 0xbf, 1),
            0xe1..=0xef => character(0x80, 0xbf, 1),
            0xf0 => character(0x90, 0xbf, 2),
            0xf1..=0xf3 => character(0x80, 0xbf, 2),
            0xf4 => character(0x80, 0x8f, 2),
            _ => return show(byte, out),
        };
        self.kept.push(byte);
    }

    /// `ESC [ ... m` or `ESC [ ... K` is whole.
    fn end_sequence(&mut self, out: &mut Vec<u8>) {
        let inner = self.kept.get(2..self.kept.len() - 1).unwrap_or_default();
        let of_colour = inner.iter().all(|b| b.is_ascii_digit() || matches!(b, b';' | b':'));
        let is_colour = self.kept.last() == Some(&b'm');
        if !of_colour || !(is_colour || matches!(inner, b"" | b"0")) {
            return self.give_up(out);
        }
        if is_colour {
            self.painted = !matches!(inner, b"" | b"0");
        }
        out.append(&mut self.kept);
        self.state = State::Text;
    }

    /// A character is whole. U+0080 to U+009F are controls.
    fn end_character(&mut self, out: &mut Vec<u8>) {
        match self.kept[..] {
            [0xc2, second @ 0x80..=0x9f] => show(second, out),
            _ => out.extend_from_slice(&self.kept),
        }
        self.kept.clear();
    }

    /// It is no sequence that passes: it is shown.
    fn give_up(&mut self, out: &mut Vec<u8>) {
        for byte in std::mem::take(&mut self.kept) {
            show(byte, out);
        }
        self.state = State::Text;
    }
}

/// Bytes that mean nothing but themselves.
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t' | b'\r' | 0x08)
}

/// A byte as `cat -v` shows it; those of broken characters pass.
fn show(byte: u8, out: &mut Vec<u8>) {
    match byte {
        byte if is_plain(byte) => out.push(byte),
        0x7f => out.extend_from_slice(b"^?"),
        0x80..=0x9f => out.extend_from_slice(&[b'M', b'-', b'^', byte - 0x40]),
        0xa0.. => out.push(byte),
        _ => out.extend_from_slice(&[b'^', byte + 0x40]),
    }
}

/// Text for a document: no controls but tab and newline, no colours, nothing that is not UTF-8.
pub fn document(bytes: &[u8]) -> String {
    let mut shown = Vec::new();
    let mut filter = Harmless::default();
    filter.pass(bytes, &mut shown);
    filter.end(&mut shown);
    let text = String::from_utf8_lossy(&shown);
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            // the filter has let nothing pass but colours
            '\x1b' => while rest.next().is_some_and(|c| !c.is_ascii_alphabetic()) {},
            '\r' if rest.as_str().starts_with('\n') => {}
            '\r' => out.push('\n'),
            '\x08' => {}
            // no XML has them
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// One line of a document: newlines and tabs become blanks.
pub fn one_line(bytes: &[u8]) -> String {
    document(bytes).trim_end().replace(['\n', '\t'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    fn shown(pieces: &[&[u8]]) -> String {
        let (mut filter, mut out) = (Harmless::default(), Vec::new());
        for piece in pieces {
            filter.pass(piece, &mut out);
        }
        filter.end(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn colours_pass_and_the_rest_is_shown() {
        for (written, seen) in [
            ("plain\ttext\r\n", "plain\ttext\r\n"),
            ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
            ("\x1b[38:2::1:2:3mtrue\x1b[m", "\x1b[38:2::1:2:3mtrue\x1b[m"),
            ("\x1b[01;31m\x1b[Kerror\x1b[m\x1b[K", "\x1b[01;31m\x1b[Kerror\x1b[m\x1b[K"),
            ("\x1b[2Kgone", "^[[2Kgone"),
            ("\x1b[2J\x1b[H", "^[[2J^[[H"),
            ("\x1b[3Aup", "^[[3Aup"),
            ("\x1b[>4;2mkeys", "^[[>4;2mkeys"),
            ("\x1b[?1049h", "^[[?1049h"),
            ("\x1b]0;title\x07", "^[]0;title^G"),
            ("\x1b]52;c;cm0=\x1b\\", "^[]52;c;cm0=^[\\"),
            ("\x1bPq\x1b\\", "^[Pq^[\\"),
            ("\x1bc\x1b(0", "^[c^[(0"),
            ("\x1b\x1b[31mx\x1b[m", "^[\x1b[31mx\x1b[m"),
            ("\x1b[3\n1m", "^[[3\n1m"),
            ("\x1b[31", "^[[31"),
            ("\x1b", "^["),
            ("\0\x0e\x7f", "^@^N^?"),
            ("\u{9b}31mä€𝄞", "M-^[31mä€𝄞"),
            ("\x1b[31mleft on", "\x1b[31mleft on\x1b[0m"),
        ] {
            assert_eq!(shown(&[written.as_bytes()]), seen, "{written:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_characters_control_nothing() {
        assert_eq!(shown(&[b"\x9b2J"]), "M-^[2J");
        // an overlong form of U+009B
        assert_eq!(shown(&[b"\xe0\x82\x9b2J"]), "\u{fffd}M-^BM-^[2J");
        assert_eq!(shown(&[b"\xe2\x1b[2J"]), "\u{fffd}^[[2J");
    }

    #[test]
    fn a_document_has_neither_colours_nor_controls() {
        let bytes = b"\x1b[31mred\x1b[0m\x1b]0;t\x07 10%\r 20%\r\n\xff\0\xef\xbf\xbf";
        assert_eq!(document(bytes), "red^[]0;t^G 10%\n 20%\n\u{fffd}^@\u{fffd}");
        assert_eq!(one_line(b"a\nb\tc\n"), "a b c");
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference(
            bytes in prop::collection::vec(
                prop::sample::select(b"\x1b\x1b\x1b[[]]mKJ;:031?>x\n\x07\xc2\x9b\xe2\x82\xac\xf0\x90".to_vec()), 0..60),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        ) {
            let whole = shown(&[&bytes]);
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(&shown(&single), &whole);
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.extend([0, bytes.len()]);
            at.sort_unstable();
            let pieces: Vec<&[u8]> = at.windows(2).map(|w| &bytes[w[0]..w[1]]).collect();
            prop_assert_eq!(&shown(&pieces), &whole);
        }

        #[test]
        fn no_escape_but_colours_comes_through(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (mut filter, mut out) = (Harmless::default(), Vec::new());
            filter.pass(&bytes, &mut out);
            filter.end(&mut out);
            let mut rest = &out[..];
            while let Some(at) = rest.iter().position(|b| *b == ESCAPE) {
                rest = &rest[at + 1..];
                let end = rest.iter().position(u8::is_ascii_alphabetic);
                prop_assert!(rest[0] == b'[' && end.is_some_and(|end| b"mK".contains(&rest[end])));
            }
            let again = shown(&[&out]);
            prop_assert_eq!(again, String::from_utf8_lossy(&out));
        }
    }
}
