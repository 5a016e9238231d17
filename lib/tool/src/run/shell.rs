//! The shell's syntax, as far as quoting for a place in it goes.

use std::collections::HashMap;
use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use sys::spawn::Search;

/// Where a replacement stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Outside of quotes.
    Bare,
    /// Inside '...'.
    Single,
    /// Inside "...".
    Double,
    /// Outside of quotes, where a plain value would be read together with its
    /// neighbour: `{}>` (a number names a descriptor), `$a{}` (a longer name).
    Glued,
    /// Inside "..." after `$a`.
    GluedDouble,
    /// In a comment, where only the end of the line matters.
    Comment,
    /// Inside ((...)), where nothing can be quoted: a number, or what is none.
    Number,
}

/// What stands in ((...)) for a value that is no number: no shell takes it for one, and
/// its complaint says what is wrong.
const NO_NUMBER: &[u8] = b"0 not-a-number";

/// An integer, as every shell reads it.
fn is_number(value: &[u8]) -> bool {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Bytes that mean nothing to any shell, wherever they stand in a word that is
/// not the first.
pub fn is_plain(byte: u8) -> bool {
    is_bare(byte) || matches!(byte, b',' | b':' | b'@' | b'%') || byte >= 0x80
}

/// Bytes of an argument that is not quoted; the same as GNU parallel's, so that job
/// logs and dry runs of both can be compared.
const fn is_bare(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+')
}

/// An argument so that the shell reads exactly it in this place.
pub fn quote(value: &[u8], place: Place) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() + 2);
    quote_into(&mut out, value, place);
    out
}

/// As [`quote`], at the end of a text.
pub fn quote_into(out: &mut Vec<u8>, value: &[u8], place: Place) {
    match place {
        Place::Bare if !value.is_empty() && value.iter().all(|byte| is_bare(*byte)) => {
            out.extend_from_slice(value);
        }
        Place::Bare | Place::Glued => single_quoted(out, value),
        Place::Single => {
            for (at, part) in value.split(|byte| *byte == b'\'').enumerate() {
                out.extend_from_slice(if at == 0 { b"" } else { b"'\\''" });
                out.extend_from_slice(part);
            }
        }
        Place::Comment => {
            // quoted as well, lest a shell see no comment here
            let line: Vec<u8> =
                value.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }).collect();
            quote_into(out, &line, Place::Bare);
        }
        Place::Number => out.extend_from_slice(if is_number(value) { value } else { NO_NUMBER }),
        Place::Double => in_double(out, value),
        Place::GluedDouble => {
            out.extend_from_slice(b"\"\"");
            in_double(out, value);
        }
    }
}

/// Length of [`quote`]'s result.
pub fn quoted_len(value: &[u8], place: Place) -> usize {
    match place {
        Place::Bare if !value.is_empty() && value.iter().all(|byte| is_bare(*byte)) => value.len(),
        _ => quote(value, place).len(),
    }
}

/// `it's` becomes `'it'"'"'s'`, as GNU parallel writes it.
fn single_quoted(out: &mut Vec<u8>, value: &[u8]) {
    if value.is_empty() {
        out.extend_from_slice(b"''");
        return;
    }
    let last = value.iter().filter(|byte| **byte == b'\'').count();
    for (at, part) in value.split(|byte| *byte == b'\'').enumerate() {
        if at > 0 {
            out.extend_from_slice(b"\"'\"");
        }
        if !part.is_empty() || (at > 0 && at < last) {
            out.push(b'\'');
            out.extend_from_slice(part);
            out.push(b'\'');
        }
    }
}

fn in_double(out: &mut Vec<u8>, value: &[u8]) {
    for byte in value {
        if matches!(byte, b'$' | b'`' | b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

/// Who gives a name its meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A program, and nothing in the shell itself.
    Program,
    /// The `echo` of every shell and of coreutils alike, as long as no argument
    /// asks for what differs between them; see [`same_echo`].
    Echo,
    /// The shell: a builtin, a keyword, a function, or a name that is not found.
    Shell,
}

/// What names mean outside of the shell, remembered.
#[derive(Debug)]
pub struct Programs {
    search: Search,
    known: HashMap<Vec<u8>, Meaning>,
    /// A file that bash reads before each command: any name may be a function.
    startup_file: bool,
}

impl Programs {
    /// Programs on the path.
    pub fn new() -> Self {
        let search = Search::new(std::env::var_os("PATH").as_deref());
        let startup_file = std::env::var_os("BASH_ENV").is_some_and(|file| !file.is_empty());
        Programs { search, known: HashMap::new(), startup_file }
    }

    /// Where a program may be.
    pub fn candidates(&mut self, name: &[u8]) -> &[CString] {
        self.search.candidates(name)
    }

    /// True where these words can be executed with the result that a shell would
    /// have. (`true` and `false` are programs and builtins, and the same in both.)
    pub fn runs_directly<W: AsRef<[u8]>>(&mut self, words: &[W]) -> bool {
        let Some((name, args)) = words.split_first() else { return false };
        match self.meaning(name.as_ref()) {
            Meaning::Program => true,
            Meaning::Echo => same_echo(args),
            Meaning::Shell => false,
        }
    }

    /// True where a command of this name can never be executed directly.
    pub fn needs_shell(&mut self, name: &[u8]) -> bool {
        self.meaning(name) == Meaning::Shell
    }

    fn meaning(&mut self, name: &[u8]) -> Meaning {
        if let Some(known) = self.known.get(name) {
            return *known;
        }
        let meaning = self.look_up(name);
        self.known.insert(name.to_vec(), meaning);
        meaning
    }

    fn look_up(&mut self, name: &[u8]) -> Meaning {
        if self.startup_file || name.contains(&b'=') || is_exported_function(name) {
            return Meaning::Shell;
        }
        if name == b"echo" {
            let path = self.search.candidates(name).first().map(|path| path.to_bytes());
            let usual = matches!(path, Some(b"/bin/echo" | b"/usr/bin/echo"));
            return if usual && self.search.is_there(name) {
                Meaning::Echo
            } else {
                Meaning::Shell
            };
        }
        // a name that is not found: let the shell say so in its own words
        let found =
            name.contains(&b'/') || (!SHELL_WORDS.contains(&name) && self.search.is_there(name));
        if found && self.kernel_executes(name) { Meaning::Program } else { Meaning::Shell }
    }

    /// Not a folder, and no script without a first line that names its interpreter: such
    /// a script is read by the shell that is asked to execute it.
    fn kernel_executes(&mut self, name: &[u8]) -> bool {
        let Some(path) = self.search.candidates(name).first() else { return true };
        // one that is not there, or may be executed but not read, shows when it is started
        let Ok(mut file) = File::open(OsStr::from_bytes(path.to_bytes())) else { return true };
        let mut first = [0; 2];
        file.read_exact(&mut first).is_ok() && (first == *b"#!" || first == *b"\x7fE")
    }

    /// The words of a command line without shell characters that can be executed
    /// directly; `None` where the shell must have a look.
    pub fn plain_words(&mut self, line: &[u8]) -> Option<Vec<Vec<u8>>> {
        if !line.iter().all(|byte| is_plain(*byte) || matches!(byte, b' ' | b'\t')) {
            return None;
        }
        let words: Vec<Vec<u8>> = line
            .split(|byte| matches!(byte, b' ' | b'\t'))
            .filter(|word| !word.is_empty())
            .map(<[u8]>::to_vec)
            .collect();
        self.runs_directly(&words).then_some(words)
    }
}

/// No option and no escape: what shells and coreutils understand differently.
fn same_echo<W: AsRef<[u8]>>(args: &[W]) -> bool {
    args.first().is_none_or(|arg| !arg.as_ref().starts_with(b"-"))
        && args.iter().all(|arg| !arg.as_ref().contains(&b'\\'))
}

/// bash hands functions down in variables of this name.
fn is_exported_function(name: &[u8]) -> bool {
    use std::os::unix::ffi::OsStringExt as _;
    let variable = [b"BASH_FUNC_", name, b"%%"].concat();
    std::env::var_os(std::ffi::OsString::from_vec(variable)).is_some()
}

/// True for a builtin or keyword of some shell, also where a program has the name, too.
pub fn is_shell_word(name: &[u8]) -> bool {
    SHELL_WORDS.contains(&name) || matches!(name, b"echo" | b"true" | b"false")
}

/// Builtins and keywords of sh, dash, bash, zsh and ksh.
const SHELL_WORDS: &[&[u8]] = &[
    b".",
    b":",
    b"[",
    b"alias",
    b"bg",
    b"bind",
    b"break",
    b"builtin",
    b"caller",
    b"case",
    b"cd",
    b"chdir",
    b"command",
    b"compgen",
    b"complete",
    b"compopt",
    b"continue",
    b"coproc",
    b"declare",
    b"dirs",
    b"disown",
    b"do",
    b"done",
    b"echo",
    b"elif",
    b"else",
    b"enable",
    b"esac",
    b"eval",
    b"exec",
    b"exit",
    b"export",
    b"fc",
    b"fg",
    b"fi",
    b"for",
    b"function",
    b"getopts",
    b"hash",
    b"help",
    b"history",
    b"if",
    b"in",
    b"jobs",
    b"kill",
    b"let",
    b"local",
    b"logout",
    b"mapfile",
    b"popd",
    b"print",
    b"printf",
    b"pushd",
    b"pwd",
    b"read",
    b"readarray",
    b"readonly",
    b"repeat",
    b"return",
    b"select",
    b"set",
    b"shift",
    b"shopt",
    b"source",
    b"suspend",
    b"test",
    b"then",
    b"time",
    b"times",
    b"trap",
    b"type",
    b"typeset",
    b"ulimit",
    b"umask",
    b"unalias",
    b"unset",
    b"until",
    b"wait",
    b"whence",
    b"where",
    b"while",
    b"zmodload",
];

const ARITHMETIC: &str = "((...))";
const OLD_ARITHMETIC: &str = "$[...]";
const HERE: &str = "or after a here-document";

/// What encloses the place that has been reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inside {
    /// The command line itself, or `$(...)`.
    Command,
    Single,
    Double,
    Comment,
    /// A place where nothing can be quoted, the byte that opens another of its
    /// kind inside, and the byte that ends it.
    Closed(&'static str, u8, u8),
}

/// Follows the quoting of a command line, byte by byte. Where shells read a text
/// differently, or only a full parser could tell, everything after it is refused.
#[derive(Debug)]
pub struct Scanner {
    stack: Vec<Inside>,
    /// The byte before was a backslash that takes the next one's meaning.
    escaped: bool,
    /// The next byte begins a word.
    word_begins: bool,
    /// The byte before where it may begin an expansion: `$`, else 0.
    before: u8,
    /// Bytes `<` just before.
    less: u8,
    /// The byte before belongs to the name in `$name`.
    named: bool,
    /// What was met that makes the rest uncertain.
    uncertain: Option<&'static str>,
}

impl Default for Scanner {
    fn default() -> Self {
        Scanner {
            stack: vec![Inside::Command],
            escaped: false,
            word_begins: true,
            before: 0,
            less: 0,
            named: false,
            uncertain: None,
        }
    }
}

impl Scanner {
    /// Where a replacement would stand now.
    ///
    /// # Errors
    /// The name of a place where nothing can be quoted.
    pub fn place(&self) -> Result<Place, &'static str> {
        if self.escaped {
            return Err("a place after a backslash");
        }
        if let Some(name) = self.uncertain {
            return Err(name);
        }
        if self.less == 2 {
            return Err(HERE);
        }
        let closed = |inside: &Inside| match inside {
            Inside::Closed(name, ..) => Some(*name),
            _ => None,
        };
        match self.stack.iter().find_map(closed) {
            Some(ARITHMETIC | OLD_ARITHMETIC) => return Ok(Place::Number),
            Some(name) => return Err(name),
            None => {}
        }
        if self.before == b'$' {
            return Err("a place after a $");
        }
        Ok(match self.stack.last() {
            Some(Inside::Single) => Place::Single,
            Some(Inside::Double) if self.named => Place::GluedDouble,
            Some(Inside::Double) => Place::Double,
            Some(Inside::Comment) => Place::Comment,
            _ if self.named => Place::Glued,
            _ => Place::Bare,
        })
    }

    /// How many quotes and brackets are open.
    pub fn depth(&self) -> usize {
        self.stack.len()
    }

    /// A replacement was passed: we are inside of a word.
    pub fn word(&mut self) {
        self.named = false;
        self.word_begins = false;
        self.before = 0;
        self.less = 0;
    }

    /// Takes one byte of the command line.
    pub fn step(&mut self, text: &[u8], at: usize) {
        let byte = text[at];
        let before = std::mem::take(&mut self.before);
        let less = std::mem::take(&mut self.less);
        if less == 2 && byte != b'<' {
            self.uncertain = Some(HERE);
        }
        if self.escaped {
            self.escaped = false;
            // a backslash and a newline are nothing: a word begins if it began before
            self.word_begins &= byte == b'\n';
            self.named &= byte == b'\n';
            return;
        }
        let inside = self.stack.last().copied().unwrap_or(Inside::Command);
        match inside {
            Inside::Single if byte == b'\'' => self.leave(),
            Inside::Comment if byte == b'\n' => self.leave(),
            Inside::Single | Inside::Comment => {}
            Inside::Double if byte == b'"' => self.leave(),
            Inside::Double => self.expansion(&text[at..], before),
            Inside::Closed(_, open, end) => self.closed(&text[at..], before, (open, end)),
            Inside::Command => self.command(&text[at..], before),
        }
        if inside == Inside::Command && byte == b'<' {
            self.less = less.saturating_add(1);
        }
        // a $ after a $ is the number of the shell
        let expands = !matches!(inside, Inside::Single | Inside::Comment);
        self.before = if byte == b'$' && before == 0 && expands { byte } else { 0 };
        let in_name = byte.is_ascii_alphanumeric() || byte == b'_';
        self.named = match byte {
            b'\\' if self.escaped => self.named,
            _ => in_name && expands && (self.named || before == b'$'),
        };
        self.word_begins = match byte {
            b'\\' if self.escaped => self.word_begins,
            _ => matches!(
                byte,
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
            ),
        };
    }

    fn leave(&mut self) {
        self.stack.pop();
    }

    fn command(&mut self, text: &[u8], before: u8) {
        match text[0] {
            b'\'' if before == b'$' => self.stack.push(Inside::Closed("$'...'", 0, b'\'')),
            b'\'' => self.stack.push(Inside::Single),
            b'"' => self.stack.push(Inside::Double),
            b'#' if self.word_begins => self.stack.push(Inside::Comment),
            b'(' if before == 0 => self.open_bracket(text),
            // the brackets of its patterns would look like the end of the $(...)
            b'c' if self.word_begins && self.stack.len() > 1 && text.starts_with(b"case") => {
                self.uncertain = Some("or after a case inside of brackets");
            }
            b')' if self.stack.len() > 1 => self.leave(),
            _ => self.expansion(text, before),
        }
    }

    /// In a place where nothing can be quoted only its end matters.
    fn closed(&mut self, text: &[u8], before: u8, (open, end): (u8, u8)) {
        let (byte, nests) = (text[0], open != 0);
        match byte {
            // in dash $'...' is '...' after a $, and ends here
            b'\\' if end == b'\'' && text.get(1) == Some(&b'\'') => {
                self.uncertain = Some("or after \\' in $'...'");
            }
            b'\\' => self.escaped = true,
            _ if byte == end => self.leave(),
            b'(' if open == b'(' && before == 0 => {
                self.stack.push(Inside::Closed(ARITHMETIC, b'(', b')'));
            }
            b'"' if nests => self.stack.push(Inside::Double),
            b'\'' if nests => self.uncertain = Some("or after '...' in ${...} or ((...))"),
            _ if nests => self.expansion(text, before),
            _ => {}
        }
    }

    fn open_bracket(&mut self, text: &[u8]) {
        self.stack.push(match text.get(1) {
            Some(b'(') => Inside::Closed(ARITHMETIC, b'(', b')'),
            _ => Inside::Command,
        });
    }

    /// What means the same bare and inside of double quotes.
    fn expansion(&mut self, text: &[u8], before: u8) {
        match text[0] {
            b'\\' => self.escaped = true,
            b'`' => self.stack.push(Inside::Closed("backquotes", 0, b'`')),
            b'{' if before == b'$' => self.stack.push(Inside::Closed("${...}", b'{', b'}')),
            b'[' if before == b'$' => self.stack.push(Inside::Closed(OLD_ARITHMETIC, b'[', b']')),
            b'(' if before == b'$' => self.open_bracket(text),
            _ => {}
        }
    }
}
