//! Reading the files of a command line and telling what they are.

use super::reads::Reads;
use crate::fail::Fail;
use crate::input::{self, BYTE_ORDER_MARK};
use clap::ValueEnum;
use record::status;

/// What an input is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Told by its content.
    #[default]
    Auto,
    /// Operation records, one JSON object a line.
    Ops,
    /// Pairs of words, as tsort reads them.
    Edges,
    /// A YAML or JSON document.
    Yaml,
}

/// An input that was read.
#[derive(Debug)]
pub struct Source {
    /// How it is called in messages.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: Kind,
}

impl Source {
    /// Reads an input and tells what it is.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(name: &str, kind: Kind, reads: &Reads) -> Result<Source, Fail> {
        let bytes = reads.bytes_of(name)?;
        input::refuse_compressed(&bytes, (input::shown(name), status::BAD_INPUT))?;
        Ok(Source::of(input::shown(name), bytes, kind))
    }

    /// A content that was read, and tells what it is.
    pub fn of(name: &str, mut bytes: Vec<u8>, kind: Kind) -> Source {
        if bytes.starts_with(BYTE_ORDER_MARK) {
            bytes.drain(..BYTE_ORDER_MARK.len());
        }
        let kind = if kind == Kind::Auto { kind_of(name, &bytes) } else { kind };
        Source { name: name.to_string(), bytes, kind }
    }
}

/// What a content is: its first words say it. A name only says that it is a document.
fn kind_of(name: &str, bytes: &[u8]) -> Kind {
    let lower = name.to_ascii_lowercase();
    let document = [".yaml", ".yml", ".json"].iter().any(|ext| lower.ends_with(ext));
    let mut lines = bytes.split(|&b| b == b'\n').map(<[u8]>::trim_ascii);
    let Some(first) = lines.find(|line| !line.is_empty() && !line.starts_with(b"#")) else {
        return if document { Kind::Yaml } else { Kind::Edges };
    };
    if first.starts_with(b"{") && !first.starts_with(b"{{") {
        return kind_of_json(first, lines.find(|line| !line.is_empty()));
    }
    if document || is_yaml(first) { Kind::Yaml } else { Kind::Edges }
}

/// Root keys of documents that may stand on one line.
const ROOTS: [&str; 9] = [
    "module",
    "operation",
    "workflow",
    "operations",
    "steps",
    "orchestration",
    "stages",
    "jobs",
    "tasks",
];

/// A record ends on its line; a document goes on. A whole object on one line is
/// a document where it has a root key and no command.
fn kind_of_json(first: &[u8], second: Option<&[u8]>) -> Kind {
    match record::Fields::parse(first) {
        Ok(fields) => {
            let rooted = ROOTS.iter().any(|root| fields.get(root).is_some());
            let a_record = ["cmd", "id", "type"].iter().any(|key| fields.get(key).is_some());
            if rooted && !a_record && second.is_none() { Kind::Yaml } else { Kind::Ops }
        }
        Err(_) => {
            let goes_on = matches!(first.last(), Some(b'{' | b'[' | b','));
            let records = second.is_some_and(|line| line.starts_with(b"{\""));
            if goes_on && !records { Kind::Yaml } else { Kind::Ops }
        }
    }
}

/// `---`, `key:`, `- item`.
fn is_yaml(line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    if line.starts_with("---") || line.starts_with("%YAML") || line.starts_with("- ") {
        return true;
    }
    let Some((key, rest)) = line.split_once(':') else { return false };
    let key = key.trim_matches(['"', '\'']).trim();
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !key.is_empty() && key.chars().all(word) && (rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_tells_what_it_is() {
        for (text, kind) in [
            ("a b\nb c\n", Kind::Edges),
            ("# a\nx y", Kind::Edges),
            ("a: b\n", Kind::Yaml),
            ("# head\n---\nmodule:\n", Kind::Yaml),
            ("http://a http://b\n", Kind::Edges),
            ("{\"id\":\"a\",\"cmd\":\"x\"}\n", Kind::Ops),
            ("{\"id\":\"a\",\"cmd\":\n{\"cmd\":1}\n", Kind::Ops),
            ("{\"cmd\":", Kind::Ops),
            ("{\n  \"stages\": []\n}", Kind::Yaml),
            ("{\"stages\": []}", Kind::Yaml),
            ("{ \"stages\": [\n", Kind::Yaml),
            ("", Kind::Edges),
            ("{\"type\":\"capacity\",\"jobs\":2}", Kind::Ops),
        ] {
            assert_eq!(kind_of("-", text.as_bytes()), kind, "{text:?}");
        }
        assert_eq!(kind_of("x.yaml", b"just words"), Kind::Yaml);
    }
}
