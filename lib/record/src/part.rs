//! Objects inside records, defined once by [`part!`](crate::part).

use crate::wire::{FieldDoc, Wire};

/// An object that stands inside a record: made by [`part!`](crate::part), never by hand.
pub trait Part: Wire {
    /// Its name on the page.
    const NAME: &'static str;
    /// What it means.
    const DOC: &'static str;
    /// Its fields.
    const FIELDS: &'static [FieldDoc];
}

/// One kind of object, for `man/pg-record.5`.
#[derive(Clone, Copy, Debug)]
pub struct PartDoc {
    /// Its name on the page.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
    /// Its fields in the order they are written.
    pub fields: &'static [FieldDoc],
}

impl PartDoc {
    /// The documentation of a kind of object.
    pub fn of<P: Part>() -> Self {
        PartDoc { name: P::NAME, doc: P::DOC, fields: P::FIELDS }
    }
}

/// Defines an object inside records: struct, reader, writer, documentation.
///
/// Fields need doc comments; they become the page. A field is left out of the
/// line where its type says it is absent (see [`Wire`](crate::Wire)).
#[macro_export]
macro_rules! part {
    (
        $(#[doc = $doc:literal])*
        pub struct $name:ident = $page:literal {
            $(
                $(#[doc = $field_doc:literal])*
                pub $field:ident: $ty:ty,
            )*
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                #[serde(skip_serializing_if = "crate::Wire::absent")]
                pub $field: $ty,
            )*
        }

        impl $crate::Wire for $name {
            const JSON: &'static str = concat!("object, see ", $page);
        }

        impl $crate::Part for $name {
            const NAME: &'static str = $page;
            const DOC: &'static str = concat!($($doc),*);
            const FIELDS: &'static [$crate::FieldDoc] = &[$(
                $crate::FieldDoc {
                    name: $crate::field_key(stringify!($field)),
                    json: <$ty as $crate::Wire>::JSON,
                    doc: concat!($($field_doc),*),
                },
            )*];
        }
    };
}
