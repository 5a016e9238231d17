//! Lines in a stream: where they begin, for tags, and where they end, so that none
//! is torn.

/// What begins each line of one attempt, and how far each of its streams has come.
#[derive(Debug)]
pub struct Tagger {
    /// With the tab behind it; empty where lines have no tag.
    tag: Vec<u8>,
    /// The last byte of each stream.
    last: [u8; 2],
    /// What begins the lines of standard output, one after the other, with the tab behind it.
    each: std::vec::IntoIter<Vec<u8>>,
}

impl Default for Tagger {
    fn default() -> Self {
        Tagger::new(Vec::new())
    }
}

impl Tagger {
    /// For lines that begin with this.
    pub fn new(tag: Vec<u8>) -> Self {
        Tagger { tag, last: [b'\n'; 2], each: Vec::new().into_iter() }
    }

    /// As well as that, line by line of standard output one of these.
    #[must_use]
    pub fn each(self, each: Vec<Vec<u8>>) -> Self {
        Tagger { each: each.into_iter(), ..self }
    }

    /// Lines stay as they are.
    pub fn is_idle(&self) -> bool {
        self.tag.is_empty() && self.each.len() == 0
    }

    /// The tag, with the tab behind it.
    pub fn tag(&self) -> &[u8] {
        &self.tag
    }

    /// Gives bytes of a stream out with the tag before each line. A carriage return
    /// begins a line, too, as in GNU parallel; but it and a newline are one end.
    pub fn tagged(&mut self, stream: usize, bytes: &[u8], mut out: impl FnMut(&[u8])) {
        if self.is_idle() {
            out(bytes);
            return;
        }
        let mut text = Vec::with_capacity(bytes.len() + self.tag.len());
        let last = &mut self.last[stream];
        for byte in bytes {
            if *last == b'\n' || (*last == b'\r' && *byte != b'\n') {
                text.extend_from_slice(&self.tag);
                let own = if stream == 0 { self.each.next() } else { None };
                text.extend_from_slice(own.as_deref().unwrap_or_default());
            }
            text.push(*byte);
            *last = *byte;
        }
        out(&text);
    }
}

/// Where the last whole line ends: behind the last newline, or else behind the last
/// carriage return that is surely not the first half of a line's end.
pub fn whole_lines(bytes: &[u8]) -> usize {
    let newline = memchr::memrchr(b'\n', bytes);
    let end = newline.or_else(|| memchr::memrchr(b'\r', bytes.split_last().map_or(&[], |s| s.1)));
    end.map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tagged(pieces: &[&str]) -> String {
        let mut tagger = Tagger::new(b"t\t".to_vec());
        let mut text = Vec::new();
        for piece in pieces {
            tagger.tagged(0, piece.as_bytes(), |bytes| text.extend_from_slice(bytes));
        }
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn tags_begin_lines_however_they_come() {
        assert_eq!(tagged(&["on", "e\ntwo\n", "three"]), "t\tone\nt\ttwo\nt\tthree");
        assert_eq!(tagged(&["\n", "\n\nx"]), "t\t\nt\t\nt\t\nt\tx");
    }

    #[test]
    fn a_bar_that_is_drawn_again_is_tagged_and_a_line_of_windows_once() {
        assert_eq!(tagged(&["1%\r2%\r", "3%"]), "t\t1%\rt\t2%\rt\t3%");
        assert_eq!(tagged(&["a\r\nb\r", "\nc"]), "t\ta\r\nt\tb\r\nt\tc");
    }

    #[test]
    fn lines_are_cut_behind_their_ends() {
        let cut = |text: &str| text[..whole_lines(text.as_bytes())].to_string();
        assert_eq!(cut("a\nb\nc"), "a\nb\n");
        assert_eq!(cut("1%\r2%\r3"), "1%\r2%\r");
        assert_eq!(cut("a\r"), "");
        assert_eq!(cut("abc"), "");
    }
}
