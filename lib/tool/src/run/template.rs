//! The command line of lines mode, cut once: what is text, what is replaced, and
//! in which place of the shell's syntax each replacement stands.
//!
//! A replacement is quoted for its place, so that an argument reaches the command
//! as it is and is never executed. Where no place in a template needs the shell,
//! the command is executed directly with the same result.

use super::shell::{self, Place, Programs};
use crate::fail::Fail;
use record::status;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

/// Which part of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// `{.}`: without its extension.
    NoExtension,
    /// `{/}`: the last component.
    Base,
    /// `{//}`: the folder.
    Folder,
    /// `{/.}`: the last component without its extension.
    BaseNoExtension,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Vec<u8>),
    /// All arguments of the job, each quoted.
    All(Part, Place),
    /// One argument, from 1.
    Nth(usize, Part, Place),
    Seq,
    Slot,
}

/// A command line with places for arguments.
#[derive(Debug)]
pub struct Template {
    pieces: Vec<Piece>,
    /// Words for direct execution, where no shell is needed.
    direct: Option<Vec<Vec<Piece>>>,
}

/// What one job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// Executed directly.
    Argv(Vec<Vec<u8>>),
    /// Given to the shell.
    Shell(Vec<u8>),
}

/// What a job is made of.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Arguments, one of each list.
    pub args: &'a [Vec<u8>],
    /// Number of the job, from 1.
    pub seq: u64,
    /// Slot it runs in; 0 where it is not known yet.
    pub slot: u32,
}

impl Template {
    /// Cuts a command; `{}` is added where nothing is replaced.
    ///
    /// # Errors
    /// A replacement in a place where it cannot be quoted.
    pub fn new(words: &[OsString], programs: &mut Programs) -> Result<Self, Fail> {
        let text = words.iter().map(|word| word.as_bytes()).collect::<Vec<_>>().join(&b' ');
        let mut pieces = cut(&text)?;
        let takes_args = |piece: &Piece| matches!(piece, Piece::All(..) | Piece::Nth(..));
        if !pieces.iter().any(takes_args) {
            if !text.is_empty() {
                pieces.push(Piece::Text(b" ".to_vec()));
            }
            pieces.push(Piece::All(Part::Whole, Place::Bare));
        }
        let direct = direct_words(&pieces, programs);
        Ok(Template { pieces, direct })
    }

    /// The argument itself is the command line.
    fn is_bare(&self) -> bool {
        self.pieces == [Piece::All(Part::Whole, Place::Bare)]
    }

    /// The slot's number stands in it, so it must be rendered when the slot is known.
    pub fn names_slot(&self) -> bool {
        self.pieces.contains(&Piece::Slot)
    }

    /// What a job runs.
    pub fn render(&self, values: Values<'_>, programs: &mut Programs) -> Rendered {
        if self.is_bare() {
            let line = values.args.join(&b' ');
            return match programs.plain_words(&line) {
                Some(argv) => Rendered::Argv(argv),
                None => Rendered::Shell(line),
            };
        }
        match &self.direct {
            Some(words) => {
                Rendered::Argv(words.iter().flat_map(|w| render_word(w, values)).collect())
            }
            None => Rendered::Shell(self.text(values)),
        }
    }

    /// The command line for people and job logs.
    pub fn text(&self, values: Values<'_>) -> Vec<u8> {
        let mut text = Vec::new();
        for piece in &self.pieces {
            append(&mut text, piece, values, |value, place| {
                if self.is_bare() { value.to_vec() } else { shell::quote(value, place) }
            });
        }
        text
    }
}

/// The words of a template that needs no shell.
fn direct_words(pieces: &[Piece], programs: &mut Programs) -> Option<Vec<Vec<Piece>>> {
    let mut words: Vec<Vec<Piece>> = Vec::new();
    let mut open = false;
    for piece in pieces {
        match piece {
            Piece::Text(text) => {
                for (at, part) in text.split(|byte| matches!(byte, b' ' | b'\t')).enumerate() {
                    if at > 0 {
                        open = false;
                    }
                    if !part.is_empty() {
                        if !part.iter().all(|byte| shell::is_plain(*byte)) {
                            return None;
                        }
                        push(&mut words, &mut open, Piece::Text(part.to_vec()));
                    }
                }
            }
            Piece::All(_, place) | Piece::Nth(_, _, place) if *place != Place::Bare => return None,
            other => push(&mut words, &mut open, other.clone()),
        }
    }
    // "a{}b" with several arguments repeats the word only in a shell's eyes
    match words.first()?.as_slice() {
        [Piece::Text(name)] if programs.is_program(name) => Some(words),
        _ => None,
    }
}

fn push(words: &mut Vec<Vec<Piece>>, open: &mut bool, piece: Piece) {
    match words.last_mut() {
        Some(word) if *open => word.push(piece),
        _ => words.push(vec![piece]),
    }
    *open = true;
}

/// A word; `{}` alone with several arguments is several words.
fn render_word(word: &[Piece], values: Values<'_>) -> Vec<Vec<u8>> {
    if let [Piece::All(part, _)] = word {
        return values.args.iter().map(|arg| part_of(arg, *part)).collect();
    }
    let mut text = Vec::new();
    for piece in word {
        append(&mut text, piece, values, |value, _| value.to_vec());
    }
    vec![text]
}

fn append(
    text: &mut Vec<u8>,
    piece: &Piece,
    values: Values<'_>,
    quote: impl Fn(&[u8], Place) -> Vec<u8>,
) {
    match piece {
        Piece::Text(literal) => text.extend_from_slice(literal),
        Piece::Seq => text.extend_from_slice(values.seq.to_string().as_bytes()),
        Piece::Slot => text.extend_from_slice(values.slot.to_string().as_bytes()),
        Piece::Nth(n, part, place) => {
            let arg = values.args.get(n - 1).map_or(&[][..], Vec::as_slice);
            text.extend(quote(&part_of(arg, *part), *place));
        }
        Piece::All(part, place) => {
            for (at, arg) in values.args.iter().enumerate() {
                if at > 0 {
                    text.push(b' ');
                }
                text.extend(quote(&part_of(arg, *part), *place));
            }
        }
    }
}

fn part_of(arg: &[u8], part: Part) -> Vec<u8> {
    let base = || match arg.iter().rposition(|byte| *byte == b'/') {
        Some(at) => &arg[at + 1..],
        None => arg,
    };
    match part {
        Part::Whole => arg.to_vec(),
        Part::NoExtension => without_extension(arg).to_vec(),
        Part::Base => base().to_vec(),
        Part::BaseNoExtension => without_extension(base()).to_vec(),
        Part::Folder => match arg.iter().rposition(|byte| *byte == b'/') {
            Some(0) => b"/".to_vec(),
            Some(at) => arg[..at].to_vec(),
            None => b".".to_vec(),
        },
    }
}

/// As GNU parallel: the last dot of the last component, if something stands before it.
fn without_extension(arg: &[u8]) -> &[u8] {
    let name = arg.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    match arg[name..].iter().rposition(|byte| *byte == b'.') {
        Some(at) if at > 0 => &arg[..name + at],
        _ => arg,
    }
}

/// Finds the replacement strings and the place of each.
fn cut(text: &[u8]) -> Result<Vec<Piece>, Fail> {
    let mut pieces = Vec::new();
    let mut scanner = shell::Scanner::default();
    let (mut at, mut begin) = (0, 0);
    while at < text.len() {
        let Some((length, piece)) = replacement(&text[at..]) else {
            scanner.step(text, at);
            at += 1;
            continue;
        };
        if begin < at {
            pieces.push(Piece::Text(text[begin..at].to_vec()));
        }
        pieces.push(match piece {
            Found::Seq => Piece::Seq,
            Found::Slot => Piece::Slot,
            Found::All(part) => Piece::All(part, place(&scanner, text, (at, length))?),
            Found::Nth(n, part) => Piece::Nth(n, part, place(&scanner, text, (at, length))?),
        });
        scanner.word();
        at += length;
        begin = at;
    }
    if begin < text.len() {
        pieces.push(Piece::Text(text[begin..].to_vec()));
    }
    mark_redirected(&mut pieces);
    Ok(pieces)
}

/// `{}>file` with the argument 2 must not become `2>file`.
fn mark_redirected(pieces: &mut [Piece]) {
    let mut before_redirection = false;
    for piece in pieces.iter_mut().rev() {
        match piece {
            Piece::All(_, place) | Piece::Nth(_, _, place)
                if before_redirection && *place == Place::Bare =>
            {
                *place = Place::Redirected;
            }
            _ => {}
        }
        before_redirection = match piece {
            Piece::Text(text) => matches!(text.first(), Some(b'<' | b'>')),
            // {}{}> is one word
            _ => before_redirection,
        };
    }
}

fn place(
    scanner: &shell::Scanner,
    text: &[u8],
    (at, length): (usize, usize),
) -> Result<Place, Fail> {
    scanner.place().map_err(|place| {
        let name = String::from_utf8_lossy(&text[at..at + length]).into_owned();
        let what = format!(
            "{name} stands in {place}, where an argument cannot be quoted; \
             set a variable first: x={name}; ... \"$x\""
        );
        Fail::new(status::LOST, what)
    })
}

enum Found {
    All(Part),
    Nth(usize, Part),
    Seq,
    Slot,
}

/// A replacement string at the beginning of a text, with its length.
fn replacement(text: &[u8]) -> Option<(usize, Found)> {
    let inner = text.strip_prefix(b"{")?;
    let end = inner.iter().position(|byte| *byte == b'}')?;
    let (body, length) = (&inner[..end], end + 2);
    let digits = body.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let part = match &body[digits..] {
        b"" => Part::Whole,
        b"." => Part::NoExtension,
        b"/" => Part::Base,
        b"//" => Part::Folder,
        b"/." => Part::BaseNoExtension,
        b"#" if digits == 0 => return Some((length, Found::Seq)),
        b"%" if digits == 0 => return Some((length, Found::Slot)),
        _ => return None,
    };
    if digits == 0 {
        return Some((length, Found::All(part)));
    }
    let n: usize = std::str::from_utf8(&body[..digits]).ok()?.parse().ok()?;
    (n > 0).then_some((length, Found::Nth(n, part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(template: &str, args: &[&str]) -> Rendered {
        let args: Vec<Vec<u8>> = args.iter().map(|arg| arg.as_bytes().to_vec()).collect();
        let mut programs = Programs::new();
        let template = Template::new(&[OsString::from(template)], &mut programs).unwrap();
        template.render(Values { args: &args, seq: 7, slot: 2 }, &mut programs)
    }

    fn argv(words: &[&str]) -> Rendered {
        Rendered::Argv(words.iter().map(|word| word.as_bytes().to_vec()).collect())
    }

    fn shell(text: &str) -> Rendered {
        Rendered::Shell(text.as_bytes().to_vec())
    }

    #[test]
    fn parts_of_an_argument() {
        let all = "gzip {} {.} {/} {//} {/.} {#} {%}";
        assert_eq!(
            render(all, &["d.x/a b.tar.gz"]),
            argv(&[
                "gzip",
                "d.x/a b.tar.gz",
                "d.x/a b.tar",
                "a b.tar.gz",
                "d.x",
                "a b.tar",
                "7",
                "2"
            ])
        );
        assert_eq!(render("gzip {.} {//}", &[".rc"]), argv(&["gzip", ".rc", "."]));
        assert_eq!(render("cp {2} {1/.}.o", &["x/a.c", "b"]), argv(&["cp", "b", "a.o"]));
        assert_eq!(render("gzip", &["a", "b"]), argv(&["gzip", "a", "b"]));
    }

    #[test]
    fn the_shell_only_where_it_is_needed() {
        assert_eq!(render("echo {}", &["a"]), shell("echo a"));
        assert_eq!(render("gzip {} | wc", &["a b"]), shell("gzip 'a b' | wc"));
        assert_eq!(render("{}", &["gzip -9 x"]), argv(&["gzip", "-9", "x"]));
        assert_eq!(render("{}", &["a; b"]), shell("a; b"));
        assert_eq!(render("A=1 gzip {}", &["a"]), shell("A=1 gzip a"));
    }

    #[test]
    fn quoted_for_the_place() {
        assert_eq!(render("sh -c 'x={}; y'", &["it's"]), shell(r"sh -c 'x=it'\''s; y'"));
        assert_eq!(render("f \"{}\"", &["$a`b\"\\"]), shell("f \"\\$a\\`b\\\"\\\\\""));
        assert_eq!(render("seq 3 #{}", &["a\nb"]), shell("seq 3 #'a b'"));
        assert_eq!(render("f \"$(g {})\"", &["a b"]), shell("f \"$(g 'a b')\""));
    }

    #[test]
    fn what_looks_like_another_place() {
        let code = "$(x)";
        assert_eq!(render(r#"f "\$({})""#, &[code]), shell(r#"f "\$(\$(x))""#));
        assert_eq!(render(r#"f "$$({})""#, &[code]), shell(r#"f "$$(\$(x))""#));
        assert_eq!(render(r"f \$'a\' {}", &[code]), shell(r"f \$'a\' '$(x)'"));
        assert_eq!(render("(f)#{}", &["a\nb"]), shell("(f)#'a b'"));
        assert_eq!(render("f \\\n#{}", &["a\nb"]), shell("f \\\n#'a b'"));
        assert_eq!(render("f (#i){}", &[code]), shell("f (#i)'$(x)'"));
        assert_eq!(render("f {}>g", &["2"]), shell("f '2'>g"));
        assert_eq!(render("f <<< {}", &[code]), shell("f <<< '$(x)'"));
        assert_eq!(render("f ${a} \"${b:-c}\" {}", &[code]), shell("f ${a} \"${b:-c}\" '$(x)'"));
    }

    #[test]
    fn refused_where_it_cannot_be_quoted() {
        for template in [
            "f `g {}`",
            "f ${{}}",
            "f $'{}'",
            "cat <<E\n{}\nE",
            "cat <<{}",
            "f \\{}",
            "((x={}))",
            "f $(( (1) + {} ))",
            "f $[{}]",
            "f ${a:-${b}{}}",
            "f \"${a:-'}{}",
            "f ${}",
            "f \"$\"{}\"${}\"",
            "f $'a\\' '{}'",
            "f $(case a in a) g {};; esac)",
        ] {
            let refused = Template::new(&[OsString::from(template)], &mut Programs::new());
            assert!(refused.is_err_and(|e| e.message.contains("cannot be quoted")), "{template}");
        }
    }
}
