//! A YAML or JSON document as a tree that knows its lines.
//!
//! Keys are compared lower-cased and without `-` and `_`, because one file
//! spells them in several ways. Key order is kept.

use record::{Bad, Raw, Seconds};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_saphyr::Spanned;
use std::fmt;

/// Nodes that a document may always have, those of its aliases counted where they are used.
const MOST_NODES: usize = 1_000_000;

/// A value and the line it stands on.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Line, from 1.
    pub line: u64,
    /// The value.
    pub value: Value,
}

/// What a document is made of.
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(serde_json::Number),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values in their order.
    Map(Vec<(String, Node)>),
}

/// A key as it is compared.
pub fn plain_key(key: &str) -> String {
    plain(key).collect()
}

fn plain(key: &str) -> impl Iterator<Item = char> {
    key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase)
}

impl Node {
    /// Reads every document of a text.
    ///
    /// # Errors
    /// The line and column of what is no YAML.
    pub fn read(text: &str) -> Result<Vec<Node>, (u64, Bad)> {
        // `on` and `yes` stay words; `true` and `false` are truths
        // one anchor may serve every operation of a large file; what is refused is a small
        // text that becomes a huge one
        let nodes = MOST_NODES.max(text.len());
        let options = serde_saphyr::options! {
            strict_booleans: true,
            budget: serde_saphyr::budget! {
                max_events: nodes.saturating_mul(2),
                max_nodes: nodes,
                max_aliases: nodes,
                max_anchors: nodes,
                max_merge_keys: nodes,
                max_total_scalar_bytes: usize::MAX,
                enforce_alias_anchor_ratio: false,
            },
        };
        serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
            let (line, column) =
                error.location().map_or((1, 0), |at| (at.line(), at.column() as usize));
            let text = error.without_snippet().to_string();
            let what = text.lines().next().unwrap_or_default();
            let what = what.strip_prefix("error: ").unwrap_or(what);
            let place = format!("line {line} column {column}");
            let comma = format!(" at line {line}, column {column}");
            let what = what.strip_prefix(&format!("{place}: ")).unwrap_or(what);
            let what = what.strip_suffix(&format!(" at {place}")).unwrap_or(what);
            let what = what.strip_suffix(&comma).unwrap_or(what);
            let what = what.split(", set DuplicateKeyPolicy").next().unwrap_or(what);
            let advice = if what.starts_with("expected string scalar") {
                "; a key is text (a placeholder as a value stands in quotes: \"{{NAME}}\")"
            } else {
                ""
            };
            (line, Bad::new(column, format!("{what}{advice}")))
        })
    }

    /// The pairs of a map; none for anything else.
    pub fn pairs(&self) -> &[(String, Node)] {
        match &self.value {
            Value::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The value of a key, however it is spelled; a null is no value.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).filter(|node| !matches!(node.value, Value::Null))
    }

    /// The value of a key, be it null.
    pub fn entry(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(name, _)| plain(name).eq(plain(key))).map(|(_, node)| node)
    }

    /// The value of the first of several keys that is there.
    pub fn first(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// A value below several keys.
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The items of a list; none for anything else.
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// True for a list.
    pub fn is_list(&self) -> bool {
        matches!(self.value, Value::List(_))
    }

    /// True for a map.
    pub fn is_map(&self) -> bool {
        matches!(self.value, Value::Map(_))
    }

    /// A scalar as text.
    pub fn text(&self) -> Option<String> {
        match &self.value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(truth) => Some(truth.to_string()),
            Value::Null | Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The text of a key; empty where it is none.
    pub fn word(&self, key: &str) -> String {
        self.get(key).and_then(Node::text).unwrap_or_default()
    }

    /// True for `true`, `yes` and `on`.
    pub fn truth(&self) -> Option<bool> {
        match &self.value {
            Value::Bool(truth) => Some(*truth),
            Value::Text(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" => Some(true),
                "false" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }

    /// A number of seconds, or a duration in words.
    pub fn seconds(&self) -> Option<Seconds> {
        record::parse_seconds(&self.text()?).ok()
    }

    /// A whole number.
    pub fn count(&self) -> Option<u32> {
        self.text()?.trim().parse().ok()
    }

    /// As raw JSON text, for a record.
    pub fn raw(&self) -> Raw {
        Raw::from_value(self)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => out.serialize_unit(),
            Value::Bool(truth) => out.serialize_bool(*truth),
            Value::Number(number) => number.serialize(out),
            Value::Text(text) => out.serialize_str(text),
            Value::List(items) => out.collect_seq(items),
            Value::Map(pairs) => {
                let mut map = out.serialize_map(Some(pairs.len()))?;
                pairs.iter().try_for_each(|(key, node)| map.serialize_entry(key, node))?;
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Node, D::Error> {
        let spanned = Spanned::<Value>::deserialize(input)?;
        Ok(Node { line: spanned.referenced.line(), value: spanned.value })
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Value, D::Error> {
        input.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(ValueVisitor)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        // infinities are no JSON
        let number = serde_json::Number::from_f64(number);
        Ok(number.map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_string()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut pairs: Vec<(String, Node)> = Vec::new();
        while let Some(Key(key)) = map.next_key()? {
            pairs.push((key, map.next_value()?));
        }
        Ok(Value::Map(pairs))
    }
}

/// A key: text as it was written.
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Key, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key, E> {
                Ok(Key(key.to_string()))
            }
        }
        input.deserialize_str(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        Node::read(text).unwrap().remove(0)
    }

    #[test]
    fn keys_are_found_however_they_are_spelled() {
        let node = read("retry-count: 0\nMemoryGB: 4\non_failure: continue\non: x\n");
        assert_eq!(node.get("retryCount").and_then(Node::count), Some(0));
        assert_eq!(node.word("memory-gb"), "4");
        assert_eq!(node.word("on"), "x");
        assert!(node.get("absent").is_none());
    }

    #[test]
    fn lines_and_order_are_kept() {
        let node = read("# head\nb: 1\na:\n  - x\n  - y: |\n      text\n");
        let keys: Vec<&str> = node.pairs().iter().map(|(key, _)| key.as_str()).collect();
        assert_eq!(keys, ["b", "a"]);
        assert_eq!(node.get("a").unwrap().items()[1].line, 5);
        assert_eq!(node.raw().text(), r#"{"b":1,"a":["x",{"y":"text\n"}]}"#);
    }

    #[test]
    fn json_is_yaml_too_even_with_tabs() {
        let node = read("{\n\t\"stages\": [\n\t\t{\"sequences\": [\"0402\"]}\n\t]\n}\n");
        let stage = &node.get("stages").unwrap().items()[0];
        assert_eq!(
            (stage.line, stage.path(&["sequences"]).unwrap().items()[0].text().unwrap()),
            (3, "0402".into())
        );
    }

    #[test]
    fn a_large_file_is_read_and_a_bomb_is_not() {
        let mut text = "base: &b {a: 1, c: 2}\nlist:\n".to_string();
        (0..30_000).for_each(|n| text.push_str(&format!("- {{<<: *b, id: o{n}, d: [x, y, z]}}\n")));
        let node = read(&text);
        let items = node.get("list").unwrap().items();
        assert_eq!((items.len(), items[29_999].word("c").as_str()), (30_000, "2"));
        let mut bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n".to_string();
        for (of, name) in ["ab", "bc", "cd", "de", "ef", "fg", "gh", "hi"].map(|p| p.split_at(1)) {
            bomb.push_str(&format!(
                "{name}: &{name} [{}]\n",
                [format!("*{of}").as_str(); 9].join(", ")
            ));
        }
        assert!(Node::read(&bomb).is_err());
    }

    #[test]
    fn faults_have_a_place() {
        let (line, bad) = Node::read("a: 1\nb: [1, 2\nc: 3\n").unwrap_err();
        assert!(line >= 2 && bad.column > 0 && !bad.what.is_empty(), "{line} {bad:?}");
        let (line, bad) = Node::read("a: 1\na: 2\n").unwrap_err();
        assert_eq!((line, bad.what.as_str()), (2, "duplicate mapping key: a"));
        let bad = Node::read("a: {{X}}\n").unwrap_err().1.what;
        assert!(bad.contains("quotes"), "{bad}");
    }
}
