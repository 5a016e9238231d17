//! How a record type is defined: once, by [`wire!`](crate::wire).

use crate::fields::{Bad, Fields, Raw, bad_json};
use crate::unit::{Amount, Nullable, Seconds};
use crate::{Bytes, Command};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;

/// One field of a record type, for `man/pg-record.5`.
#[derive(Clone, Copy, Debug)]
pub struct FieldDoc {
    /// Key in the JSON object.
    pub name: &'static str,
    /// JSON type and unit.
    pub json: &'static str,
    /// What it means.
    pub doc: &'static str,
}

/// One record type, for `man/pg-record.5`.
#[derive(Clone, Copy, Debug)]
pub struct RecordDoc {
    /// Value of `"type"`; empty for an operation, which needs none.
    pub kind: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// One example line.
    pub example: &'static str,
    /// Its fields in the order they are written.
    pub fields: &'static [FieldDoc],
    /// Reads a line of this type and writes it again, newline included.
    pub rewrite: fn(&[u8]) -> Result<Vec<u8>, Bad>,
}

impl RecordDoc {
    /// The documentation of a record type.
    pub fn of<R: Record>() -> Self {
        RecordDoc {
            kind: R::KIND,
            doc: R::DOC,
            example: R::EXAMPLE,
            fields: R::FIELDS,
            rewrite: |line| {
                Fields::parse(line).and_then(|f| parse_record::<R>(line, &f)).map(|r| r.to_line())
            },
        }
    }
}

/// A record type: made by [`wire!`](crate::wire), never by hand.
pub trait Record: Default + Serialize {
    /// Value of `"type"`.
    const KIND: &'static str;
    /// What it means.
    const DOC: &'static str;
    /// One example line.
    const EXAMPLE: &'static str;
    /// Its fields.
    const FIELDS: &'static [FieldDoc];

    /// Takes one field from its raw text; `Ok(false)` if the key is not known.
    ///
    /// # Errors
    /// serde's, for a value of the wrong type.
    fn set(&mut self, key: &str, raw: &str) -> Result<bool, serde_json::Error>;

    /// Keeps a field that is not known, to pass it on.
    fn keep(&mut self, key: &str, raw: Raw);

    /// The record as one line, newline included.
    fn to_line(&self) -> Vec<u8> {
        let mut line = Vec::with_capacity(256);
        self.append_line(&mut line);
        line
    }

    /// Appends the record as one line, newline included.
    fn append_line(&self, line: &mut Vec<u8>) {
        // writing to memory fails only where a map key is no string, which `wire!` cannot make
        let _ = serde_json::to_writer(&mut *line, self);
        line.push(b'\n');
    }
}

/// Reads a record from the fields of a line.
///
/// # Errors
/// The first field that is wrong, with its column in `line`.
pub fn parse_record<R: Record>(line: &[u8], fields: &Fields<'_>) -> Result<R, Bad> {
    let mut record = R::default();
    for (key, raw) in &fields.0 {
        let at = || (raw.get().as_ptr() as usize).saturating_sub(line.as_ptr() as usize);
        if key == "type" {
            continue;
        }
        match record.set(key, raw.get()) {
            Ok(true) => {}
            Ok(false) => record.keep(key, Raw((*raw).to_owned())),
            Err(error) => {
                let bad = bad_json(&error);
                let column = at() + bad.column.max(1);
                return Err(Bad::new(column, format!("\"{key}\": {}", bad.what)));
            }
        }
    }
    Ok(record)
}

/// A type that may stand in a record.
pub trait Wire: Default + Serialize + DeserializeOwned {
    /// JSON type and unit, for the page.
    const JSON: &'static str;

    /// True where the field is left out of the line.
    fn absent(&self) -> bool {
        false
    }
}

macro_rules! always {
    ($($ty:ty = $json:literal),* $(,)?) => {$(
        impl Wire for $ty {
            const JSON: &'static str = $json;
        }
    )*};
}

always! {
    u32 = "integer", u64 = "integer", i32 = "integer", i64 = "integer", f64 = "number",
    Seconds = "seconds", Amount = "amount", Bytes = "string or b64",
}

impl Wire for bool {
    const JSON: &'static str = "true or left out";
    fn absent(&self) -> bool {
        !self
    }
}

impl Wire for String {
    const JSON: &'static str = "string";
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Wire> Wire for Option<T> {
    const JSON: &'static str = T::JSON;
    fn absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Wire> Wire for Nullable<T> {
    const JSON: &'static str = T::JSON;
}

impl<T: Serialize + DeserializeOwned> Wire for Vec<T> {
    const JSON: &'static str = "array";
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Serialize + DeserializeOwned> Wire for BTreeMap<String, T> {
    const JSON: &'static str = "object";
    fn absent(&self) -> bool {
        self.is_empty()
    }
}

impl Wire for Option<Command> {
    const JSON: &'static str = "array or string";
    fn absent(&self) -> bool {
        self.is_none()
    }
}

impl Wire for Option<Raw> {
    const JSON: &'static str = "any";
    fn absent(&self) -> bool {
        self.is_none()
    }
}

/// The key of a field: its name without the `r#` of a Rust keyword.
#[doc(hidden)]
pub const fn field_key(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', ..] => name.split_at(2).1,
        _ => name,
    }
}

/// Defines a record type: struct, reader, writer, documentation, example.
///
/// Fields need doc comments; they become the page. A field is left out of the
/// line where its type says it is absent (see [`Wire`](crate::Wire)). Unknown fields are
/// kept in `extra` and written last.
#[macro_export]
macro_rules! wire {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident = $kind:literal, $example:literal {
            $(
                $(#[doc = $field_doc:literal])*
                pub $field:ident: $ty:ty,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                pub $field: $ty,
            )*
            /// Fields this version does not know, passed on as they came.
            pub extra: Vec<(String, $crate::Raw)>,
        }

        impl $crate::Record for $name {
            const KIND: &'static str = $kind;
            const DOC: &'static str = concat!($($doc),*);
            const EXAMPLE: &'static str = $example;
            const FIELDS: &'static [$crate::FieldDoc] = &[$(
                $crate::FieldDoc {
                    name: $crate::field_key(stringify!($field)),
                    json: <$ty as $crate::Wire>::JSON,
                    doc: concat!($($field_doc),*),
                },
            )*];

            fn set(&mut self, key: &str, raw: &str) -> Result<bool, serde_json::Error> {
                $(
                    if key == $crate::field_key(stringify!($field)) {
                        self.$field = serde_json::from_str(raw)?;
                        return Ok(true);
                    }
                )*
                Ok(false)
            }

            fn keep(&mut self, key: &str, raw: $crate::Raw) {
                self.extra.push((key.to_string(), raw));
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = out.serialize_map(None)?;
                if !$kind.is_empty() {
                    map.serialize_entry("type", $kind)?;
                }
                $(
                    if !$crate::Wire::absent(&self.$field) {
                        map.serialize_entry($crate::field_key(stringify!($field)), &self.$field)?;
                    }
                )*
                for (key, raw) in &self.extra {
                    map.serialize_entry(key, raw)?;
                }
                map.end()
            }
        }
    };
}
