//! Bytes that need not be UTF-8, and commands made of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Bytes as they came. In JSON a string where they are UTF-8, else
/// `{"b64":"..."}` (standard alphabet, padded).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes(pub Vec<u8>);

impl Bytes {
    /// The bytes, with what is not UTF-8 replaced: for messages only.
    pub fn lossy(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.lossy())
    }
}

impl From<&str> for Bytes {
    fn from(text: &str) -> Self {
        Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for Bytes {
    fn from(text: String) -> Self {
        Bytes(text.into_bytes())
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes(bytes)
    }
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => out.serialize_str(text),
            Err(_) => {
                let mut map = out.serialize_map(Some(1))?;
                map.serialize_entry("b64", &STANDARD.encode(&self.0))?;
                map.end()
            }
        }
    }
}

fn b64_value<'de, A: MapAccess<'de>>(mut map: A) -> Result<Bytes, A::Error> {
    let key: Option<String> = map.next_key()?;
    if key.as_deref() != Some("b64") {
        return Err(de::Error::custom("an object here has one key, \"b64\""));
    }
    let text: String = map.next_value()?;
    if map.next_key::<de::IgnoredAny>()?.is_some() {
        return Err(de::Error::custom("an object here has one key, \"b64\""));
    }
    STANDARD.decode(text.as_bytes()).map(Bytes).map_err(|e| de::Error::custom(format!("b64: {e}")))
}

struct BytesVisitor;

impl<'de> Visitor<'de> for BytesVisitor {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or {\"b64\":\"...\"}")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Bytes, E> {
        Ok(Bytes::from(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bytes, A::Error> {
        b64_value(map)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(BytesVisitor)
    }
}

/// What to run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Executed as it stands.
    Argv(Vec<Bytes>),
    /// Given to the shell.
    Shell(Bytes),
}

impl Command {
    /// One line for people; not for a shell.
    pub fn display(&self) -> String {
        match self {
            Command::Shell(text) => text.lossy().into_owned(),
            Command::Argv(argv) => {
                argv.iter().map(|word| word.lossy()).collect::<Vec<_>>().join(" ")
            }
        }
    }
}

impl Serialize for Command {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self {
            Command::Shell(text) => text.serialize(out),
            Command::Argv(argv) => {
                let mut seq = out.serialize_seq(Some(argv.len()))?;
                for word in argv {
                    seq.serialize_element(word)?;
                }
                seq.end()
            }
        }
    }
}

struct CommandVisitor;

impl<'de> Visitor<'de> for CommandVisitor {
    type Value = Command;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a command: an array of words, or a string for the shell")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Command, E> {
        Ok(Command::Shell(Bytes::from(text)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Command, A::Error> {
        b64_value(map).map(Command::Shell)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Command, A::Error> {
        let mut argv: Vec<Bytes> = Vec::new();
        while let Some(word) = seq.next_element()? {
            argv.push(word);
        }
        if argv.is_empty() || argv[0].is_empty() {
            return Err(de::Error::custom("an empty command; give a program, or \"barrier\":true"));
        }
        Ok(Command::Argv(argv))
    }
}

impl<'de> Deserialize<'de> for Command {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(CommandVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_not_utf8_survive() {
        for raw in [b"plain".to_vec(), vec![0xff, 0, b'a'], "ü\n".as_bytes().to_vec(), vec![]] {
            let text = serde_json::to_string(&Bytes(raw.clone())).unwrap();
            assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap().0, raw, "{text}");
        }
        assert_eq!(serde_json::to_string(&Bytes(vec![0xff])).unwrap(), r#"{"b64":"/w=="}"#);
        assert!(serde_json::from_str::<Bytes>(r#"{"b64":"*"}"#).is_err());
        assert!(serde_json::from_str::<Bytes>(r#"{"b65":"aa"}"#).is_err());
    }

    #[test]
    fn commands_have_two_forms() {
        let argv: Command = serde_json::from_str(r#"["echo",{"b64":"/w=="}]"#).unwrap();
        assert_eq!(argv, Command::Argv(vec![Bytes::from("echo"), Bytes(vec![0xff])]));
        let shell: Command = serde_json::from_str(r#""echo | tr""#).unwrap();
        assert_eq!(shell, Command::Shell(Bytes::from("echo | tr")));
        assert!(serde_json::from_str::<Command>("[]").is_err());
    }
}
