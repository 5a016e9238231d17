//! A manual page being written, in the man(7) macros. Text is plain, with
//! `code` between backquotes; see `prose` for its few forms.

/// Bytes of an input line of the page, at most; mandoc asks for 80.
const WIDTH: usize = 78;
/// Columns of preformatted text, at most, so that it fits a screen of 80.
const VERBATIM_WIDTH: usize = 66;

pub struct Page {
    out: String,
}

impl Page {
    /// A page with its title line: no date, so that it is the same whenever it is made.
    pub fn new(name: &str, section: u8) -> Self {
        let (title, version) = (name.to_uppercase(), env!("CARGO_PKG_VERSION"));
        let out = format!(".TH {title} {section} \"\" \"pgtools {version}\" \"pgtools manual\"\n");
        Page { out }
    }

    /// The name section, in the form that whatis(1) reads.
    pub fn name(&mut self, name: &str, about: &str) {
        self.section("NAME");
        self.words(&format!("{} \\- {}", escaped(name), escaped(about.trim_end_matches('.'))));
    }

    pub fn section(&mut self, title: &str) {
        self.line(&format!(".SH {}", quoted(title)));
    }

    pub fn subsection(&mut self, title: &str) {
        self.line(&format!(".SS {}", quoted(title)));
    }

    /// A term and what it means.
    pub fn item(&mut self, term: &str, text: &str) {
        self.line(".TP");
        self.line(&format!("\\fB{}\\fR", escaped(term)));
        self.words(&marked(text));
    }

    /// Text in blocks, divided by empty lines. A block whose lines are all indented
    /// is shown as it stands; a block whose lines have two blanks or more after
    /// the first word is a list of terms; the rest are paragraphs.
    pub fn prose(&mut self, text: &str) {
        for block in blocks(text) {
            if block.iter().all(|line| line.starts_with(' ')) {
                self.verbatim(&block);
            } else if let Some(terms) = terms(&block) {
                terms.iter().for_each(|(term, meaning)| self.item(term, meaning));
            } else {
                self.paragraph();
                self.words(&marked(&block.join(" ")));
            }
        }
    }

    /// Ways to call a program, a line each.
    pub fn forms(&mut self, forms: &[&str]) {
        for (number, form) in forms.iter().enumerate() {
            if number > 0 {
                self.line(".br");
            }
            let (name, rest) = form.split_once(' ').unwrap_or((form, ""));
            self.words(&format!("\\fB{}\\fR {}", escaped(name), escaped(rest)));
        }
    }

    /// Lines that are shown as they stand, without the indent they share.
    pub fn verbatim(&mut self, lines: &[&str]) {
        let indent = |line: &&str| line.len() - line.trim_start().len();
        let filled = lines.iter().filter(|line| !line.trim().is_empty());
        let shared = filled.map(indent).min().unwrap_or(0);
        self.paragraph();
        self.line(".RS 4");
        self.line(".nf");
        for line in lines {
            self.line(&guarded(&escaped(line.get(shared..).unwrap_or("").trim_end())));
        }
        self.line(".fi");
        self.line(".RE");
    }

    /// What clap_mangen wrote, put right.
    pub fn clap(&mut self, roff: &str) {
        let mut after_tag = false;
        // breaks that have come since the last text: several are an empty line
        let mut breaks = 0;
        // its preamble defines an apostrophe; `\(aq` needs no definition
        for line in roff.lines().filter(|l| !l.starts_with(".ie ") && !l.starts_with(".el ")) {
            let line = line.replace(r"\\", r"\e").replace(r"\*(Aq", r"\(aq");
            let line = line.trim_end();
            if line.is_empty() || line == ".br" {
                breaks += if line.is_empty() { 2 } else { 1 };
                continue;
            }
            if breaks > 0 {
                self.line(if breaks == 1 { ".br" } else { ".sp" });
                breaks = 0;
            }
            if line.starts_with('.') || after_tag {
                self.line(line);
            } else {
                self.words(line.trim_start());
            }
            after_tag = line == ".TP";
        }
    }

    pub fn finish(self) -> String {
        self.out
    }

    /// Begins a paragraph; a heading has begun one already.
    fn paragraph(&mut self) {
        let last = self.out.lines().last().unwrap_or_default();
        if !last.starts_with(".S") && !last.starts_with(".TH") {
            self.line(".PP");
        }
    }

    fn line(&mut self, line: &str) {
        self.out.push_str(line);
        self.out.push('\n');
    }

    /// Filled text, broken into input lines.
    fn words(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split_whitespace() {
            if !line.is_empty() && line.len() + 1 + word.len() > WIDTH {
                self.line(&line);
                line.clear();
            }
            if line.is_empty() {
                line = guarded(word);
            } else {
                line.push(' ');
                line.push_str(word);
            }
        }
        if !line.is_empty() {
            self.line(&line);
        }
    }
}

/// JSON broken into lines after commas outside its strings, for the eye only.
pub fn broken_json(line: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let (mut quoted, mut escape) = (false, false);
    for c in line.chars() {
        let piece = pieces.last_mut().unwrap();
        piece.push(c);
        match c {
            _ if escape => escape = false,
            '\\' => escape = true,
            '"' => quoted = !quoted,
            ',' if !quoted => pieces.push(String::new()),
            _ => {}
        }
    }
    let mut lines: Vec<String> = Vec::new();
    for piece in pieces {
        match lines.last_mut() {
            Some(last) if last.len() + piece.len() <= VERBATIM_WIDTH => last.push_str(&piece),
            Some(_) => lines.push(format!(" {piece}")),
            None => lines.push(piece),
        }
    }
    lines
}

fn blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks = vec![Vec::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            blocks.push(Vec::new());
        } else {
            blocks.last_mut().unwrap().push(line);
        }
    }
    blocks.retain(|block| !block.is_empty());
    blocks
}

/// A list of terms: each line has its term, two blanks or more, and its meaning;
/// indented lines go on with the meaning.
fn terms(block: &[&str]) -> Option<Vec<(String, String)>> {
    let mut terms: Vec<(String, String)> = Vec::new();
    for line in block {
        if line.starts_with(' ') {
            let (_, meaning) = terms.last_mut()?;
            meaning.push(' ');
            meaning.push_str(line.trim());
        } else {
            let (term, meaning) = line.split_once("  ")?;
            terms.push((term.to_string(), meaning.trim().to_string()));
        }
    }
    Some(terms)
}

/// Text with `code` in bold.
fn marked(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    if pieces.len().is_multiple_of(2) {
        return escaped(text);
    }
    let bold = |(i, piece): (usize, &&str)| {
        if i % 2 == 1 { format!("\\fB{}\\fR", escaped(piece)) } else { escaped(piece) }
    };
    pieces.iter().enumerate().map(bold).collect()
}

/// Characters that roff or its fonts would change, written so that they can be pasted.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\e"),
            '-' => out.push_str("\\-"),
            '\'' => out.push_str("\\(aq"),
            '`' => out.push_str("\\(ga"),
            '^' => out.push_str("\\(ha"),
            '~' => out.push_str("\\(ti"),
            _ => out.push(c),
        }
    }
    out
}

/// A line that cannot be taken for a macro.
fn guarded(line: &str) -> String {
    if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line.to_string() }
}

fn quoted(title: &str) -> String {
    format!("\"{}\"", escaped(title).replace('"', "\\(dq"))
}

#[test]
fn text_becomes_blocks() {
    let mut page = Page::new("x", 1);
    page.prose(
        "One `-x` here\nand on.\n\n  as it\n    stands\n\nA  first\n   more\nB  second\n\n.end",
    );
    let body = page.finish();
    let body = body.split_once('\n').unwrap().1;
    let want = "One \\fB\\-x\\fR here and on.\n.PP\n.RS 4\n.nf\nas it\n  stands\n.fi\n.RE\n\
                .TP\n\\fBA\\fR\nfirst more\n.TP\n\\fBB\\fR\nsecond\n.PP\n\\&.end\n";
    assert_eq!(body, want);
}

#[test]
fn broken_json_is_the_same_json() {
    let long =
        r#"{"a":"x, \"y\", z","b":[1,2,3],"c":"0123456789012345678901234567890123456789","d":1}"#;
    let lines = broken_json(long);
    assert!(lines.len() > 1, "{lines:?}");
    assert_eq!(lines.iter().map(|line| line.trim_start()).collect::<String>(), long);
}
