//! A line cut into its fields, each as raw text, so that what is not understood
//! travels unchanged.

mod depth;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// What is wrong with a line, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Bad {
    /// Column of the first wrong byte, from 1; 0 where it is not known.
    pub column: usize,
    /// What is wrong and what to do, one line.
    pub what: String,
}

impl Bad {
    /// A fault at a column. What of the input stands in the words stays on their one line.
    pub fn new(column: usize, what: impl Into<String>) -> Self {
        Bad { column, what: on_one_line(what.into()) }
    }
}

/// The same text with its control characters written as in a Rust string: a newline of the
/// input begins no line of ours, and an escape reaches no terminal.
pub fn on_one_line(text: String) -> String {
    if !text.contains(char::is_control) {
        return text;
    }
    let shown = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.into() };
    text.chars().map(shown).collect()
}

/// Raw JSON text, kept as it came: `1.0` stays `1.0`, key order stays.
#[derive(Clone, Debug)]
pub struct Raw(pub Box<RawValue>);

impl Raw {
    /// The JSON text.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// A JSON string's content, else the JSON text itself: for labels and groups.
    pub fn plain(&self) -> String {
        serde_json::from_str(self.text()).unwrap_or_else(|_| self.text().to_string())
    }

    /// Any value as raw text; `null` where it cannot be written.
    pub fn from_value(value: &impl Serialize) -> Self {
        Raw(serde_json::value::to_raw_value(value).unwrap_or_default())
    }
}

impl PartialEq for Raw {
    fn eq(&self, other: &Raw) -> bool {
        self.text() == other.text()
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(out)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(input).map(Raw)
    }
}

/// The fields of one JSON object in their order; a key given twice is an error.
pub struct Fields<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Cuts a line.
    ///
    /// # Errors
    /// Not UTF-8, not JSON, not an object, a key twice.
    pub fn parse(line: &'a [u8]) -> Result<Self, Bad> {
        let text = std::str::from_utf8(line).map_err(|e| {
            let advice = "bytes that are not UTF-8 are written {\"b64\":\"...\"}";
            Bad::new(e.valid_up_to() + 1, format!("not UTF-8; {advice}"))
        })?;
        serde_json::from_str::<Fields<'a>>(text).map_err(|e| no_number(text, bad_json(&e)))
    }

    /// The raw value of a field.
    pub fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(name, _)| name == key).map(|(_, raw)| *raw)
    }
}

/// serde_json's message without its own "at line 1 column 9", which we say ourselves.
pub(crate) fn bad_json(error: &serde_json::Error) -> Bad {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    let what = if error.is_eof() { format!("{what} (is the line cut off?)") } else { what.into() };
    Bad::new(error.column(), what)
}

/// What other programs write for a number that is none is said by its name.
fn no_number(text: &str, bad: Bad) -> Bad {
    // the fault is its first letter or the one after
    let from = |back: usize| text.get(bad.column.saturating_sub(back)..).unwrap_or_default();
    let is_here = |word: &&&str| from(1).starts_with(**word) || from(2).starts_with(**word);
    match ["NaN", "nan", "Infinity", "inf"].iter().find(is_here) {
        None => bad,
        Some(word) => {
            let what = format!("{word} is no number in JSON; leave the field out, or write null");
            Bad::new(bad.column, what)
        }
    }
}

/// So many fields are compared one by one.
const FEW: usize = 32;

struct FieldsVisitor;

impl<'a> Visitor<'a> for FieldsVisitor {
    type Value = Fields<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Fields<'a>, A::Error> {
        let mut fields: Vec<(Cow<'a, str>, &'a RawValue)> = Vec::with_capacity(16);
        // the names so far, once there are so many that each is not compared with all
        let mut names: BTreeSet<Cow<'a, str>> = BTreeSet::new();
        while let Some(KeyCow(key)) = map.next_key()? {
            let value: &'a RawValue = map.next_value()?;
            let twice = if fields.len() < FEW {
                fields.iter().any(|(name, _)| *name == key)
            } else {
                if fields.len() == FEW {
                    names.extend(fields.iter().map(|(name, _)| name.clone()));
                }
                !names.insert(key.clone())
            };
            if twice {
                let message = format!("key \"{key}\" is given twice");
                return Err(serde::de::Error::custom(message));
            }
            depth::look(value.get()).map_err(serde::de::Error::custom)?;
            fields.push((key, value));
        }
        Ok(Fields(fields))
    }
}

impl<'a> Deserialize<'a> for Fields<'a> {
    fn deserialize<D: Deserializer<'a>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_map(FieldsVisitor)
    }
}

/// A key borrowed where it has no escapes.
struct KeyCow<'a>(Cow<'a, str>);

impl<'a> Deserialize<'a> for KeyCow<'a> {
    fn deserialize<D: Deserializer<'a>>(input: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'a> Visitor<'a> for KeyVisitor {
            type Value = KeyCow<'a>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, key: &'a str) -> Result<KeyCow<'a>, E> {
                Ok(KeyCow(Cow::Borrowed(key)))
            }
            fn visit_str<E>(self, key: &str) -> Result<KeyCow<'a>, E> {
                Ok(KeyCow(Cow::Owned(key.to_string())))
            }
        }
        input.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(line: &[u8]) -> Bad {
        Fields::parse(line).map(|_| ()).unwrap_err()
    }

    #[test]
    fn faults_name_their_column() {
        assert_eq!(wrong(br#"{"a":1,"a":2}"#).what, "key \"a\" is given twice");
        assert_eq!(wrong(b"{\"a\":\xff}").column, 6);
        assert!(wrong(br#"{"a":1"#).what.contains("cut off"));
        assert!(wrong(b"[1]").what.contains("expected a JSON object"));
        assert_eq!(wrong(br#"{"a":tru}"#).column, 9);
        for none in ["NaN", "-Infinity", "nan"] {
            let bad = wrong(format!("{{\"a\":1,\"b\":{none}}}").as_bytes());
            assert!(bad.what.contains("is no number in JSON"), "{none}: {bad:?}");
            assert!((12..=13).contains(&bad.column), "{none}");
        }
    }

    #[test]
    fn many_fields_take_no_square_of_time() {
        let fields: Vec<String> = (0..200_000).map(|n| format!("\"k{n}\":1")).collect();
        let line = format!("{{{}}}", fields.join(","));
        assert_eq!(Fields::parse(line.as_bytes()).map(|f| f.0.len()), Ok(200_000));
        let twice = format!("{{{},\"k7\":2}}", fields.join(","));
        assert_eq!(wrong(twice.as_bytes()).what, "key \"k7\" is given twice");
    }

    #[test]
    fn raw_text_is_kept() {
        let fields =
            Fields::parse(br#"{"n":9223372036854775808,"x":1.0,"o":{"b":1,"a":2}}"#).unwrap();
        assert_eq!(fields.get("n").unwrap().get(), "9223372036854775808");
        assert_eq!(fields.get("x").unwrap().get(), "1.0");
        assert_eq!(fields.get("o").unwrap().get(), r#"{"b":1,"a":2}"#);
    }
}
