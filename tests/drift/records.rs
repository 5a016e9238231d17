//! `pg-record(5)`: every record type, from the catalogue.

use super::roff::{Page, broken_json};
use record::{
    Event, FieldDoc, Fields, MAX_LINE_BYTES, Outcome, PartDoc, RecordDoc, SCHEMA_VERSION,
};

const DESCRIPTION: &str = "\
The programs of `pgtools`(7) exchange records: one JSON object a line, in UTF-8. \
Its `type` says what it is. Writers put `type` first; readers do not need it to stand there. \
An operation needs no `type`.

A line that is no record or has a field of the wrong type is an error, reported with file, line \
and column. A key that is given twice is an error. A field that is empty, false or not known is \
left out of the line, unless its table says otherwise.

Events are the only truth about a run: text, job logs and reports are made from them.";

const VALUES: &str = "\
seconds  Times and durations are numbers of seconds with at most six decimals. `time`, `start` \
and `end` of events count from the epoch; in a plan they count from its beginning. Names of \
durations end in `_s`. In input a string is accepted too: `\"90\"`, `\"1.5h\"`, `\"500ms\"`, \
`\"30m\"`, `\"1h30m\"`.
amount  An amount of a resource, exact to a thousandth, never negative; for memory in bytes. In \
input a string is accepted too: `\"512MiB\"`, `\"4GiB\"`. `K` `M` `G` `T` `P` and `KiB` `MiB` \
and so on are powers of 1024; `k` `m` `g` `t` `p` and `kB` `MB` and so on are powers of 1000.
integer, number  A JSON number. Names of sizes end in `_bytes`.
string or b64  Bytes. Where they are UTF-8 a string, else an object `{\"b64\":\"...\"}` with the \
bytes in base64, standard alphabet, padded. In a command each word may have that form.
array or string  A command. An array is executed as it stands; a string is given to the shell.
true or left out  A flag.
any  Any JSON value, passed on as it came.

Records of one process never run backwards in time: the wall clock is read once, and the \
monotonic clock is added to it.";

const BOUNDS: &str = "\
Ids, labels, names of locks and of resources are UTF-8. Output of operations is never cut by \
the format. A stream whose last line lacks its end has been cut off: that line is not a record.";

const GROWTH: &str = "\
Readers keep fields they do not know and pass them on as raw text: numbers keep their spelling \
and objects their order. So within a version fields and record types may be added, and a meaning \
never changes. A change of meaning makes a new version. `run.start` and `plan.start` bear the \
version, and `--version` of each program names it.";

/// Headings with the types that stand below them; events and the rest find their own.
const HEADINGS: &[(&str, &[&str])] = &[
    ("OPERATIONS AND PLANS", &["", "capacity", "plan.start", "plan.end"]),
    ("SAMPLES", &["sample", "summary"]),
    ("CONCLUSIONS", &["finding", "report"]),
    ("BOOKS OF LOCKS", &["lock.book", "lock.holder", "lock.waiter"]),
];

/// The page.
pub fn page() -> String {
    let mut page = Page::new("pg-record", 5);
    page.name("pg-record", "the records that the programs of pgtools exchange");
    page.section("DESCRIPTION");
    page.prose(DESCRIPTION);
    page.section("VALUES");
    page.prose(VALUES);
    page.section("BOUNDS");
    let bytes = MAX_LINE_BYTES;
    page.prose(&format!("A line is at most {bytes} bytes long ({} MiB). {BOUNDS}", bytes >> 20));
    page.section("GROWTH");
    page.prose(&format!("This page describes version {SCHEMA_VERSION}. {GROWTH}"));
    page.section("RESULTS");
    page.prose("How an operation ended, in `result`:");
    for outcome in Outcome::ALL {
        page.item(outcome.word(), meaning(outcome));
    }
    let all = record::catalogue();
    let (first, others) = HEADINGS.split_first().unwrap();
    section(&mut page, first.0, &pick(&all, first.1));
    section(&mut page, "EVENTS", &all.iter().filter(|doc| is_event(doc)).collect::<Vec<_>>());
    for (title, kinds) in others {
        section(&mut page, title, &pick(&all, kinds));
    }
    let named = |doc: &RecordDoc| HEADINGS.iter().any(|(_, kinds)| kinds.contains(&doc.kind));
    let rest = all.iter().filter(|doc| !named(doc) && !is_event(doc));
    section(&mut page, "OTHER RECORDS", &rest.collect::<Vec<_>>());
    for (title, parts) in parts() {
        page.section(title);
        for part in parts {
            page.subsection(part.name);
            page.prose(&joined(part.doc));
            fields(&mut page, part.fields);
        }
    }
    page.section("SEE ALSO");
    page.prose("`pgplan`(1), `pgrun`(1), `pglock`(1), `pgmon`(1), `pgstat`(1), `pgtools`(7)");
    page.finish()
}

fn parts() -> [(&'static str, Vec<PartDoc>); 3] {
    [
        ("OBJECTS INSIDE OPERATIONS", record::operation_parts()),
        ("OBJECTS INSIDE SAMPLES", record::parts()),
        ("OBJECTS INSIDE REPORTS", record::report_parts()),
    ]
}

fn is_event(doc: &RecordDoc) -> bool {
    let line = doc.example.as_bytes();
    Fields::parse(line).is_ok_and(|f| Event::parse(doc.kind, line, &f).is_ok_and(|e| e.is_some()))
}

fn pick<'a>(all: &'a [RecordDoc], kinds: &[&str]) -> Vec<&'a RecordDoc> {
    all.iter().filter(|doc| kinds.contains(&doc.kind)).collect()
}

fn section(page: &mut Page, title: &str, docs: &[&RecordDoc]) {
    if docs.is_empty() {
        return;
    }
    page.section(title);
    for doc in docs {
        page.subsection(if doc.kind.is_empty() { "operation" } else { doc.kind });
        page.prose(&joined(doc.doc));
        fields(page, doc.fields);
        page.prose("Example, broken into lines here:");
        let lines = broken_json(doc.example);
        page.verbatim(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    }
}

fn fields(page: &mut Page, fields: &[FieldDoc]) {
    for field in fields {
        page.item(field.name, &format!("({}) {}", field.json, joined(field.doc)));
    }
}

/// A doc comment as one paragraph.
fn joined(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn meaning(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "It ended well.",
        Outcome::Failure => {
            "It ended with a status other than 0, by a signal, or its output said that it failed."
        }
        Outcome::Error => "It could not be run.",
        Outcome::Timeout => "It ran out of time.",
        Outcome::Cancellation => "It was ended because the run was.",
        Outcome::Skip => "It never ran.",
    }
}

#[test]
fn what_a_field_refers_to_is_on_the_page() {
    let parts: Vec<PartDoc> = parts().into_iter().flat_map(|(_, parts)| parts).collect();
    let of_records = record::catalogue().into_iter().flat_map(|doc| doc.fields);
    for field in of_records.chain(parts.iter().flat_map(|part| part.fields)) {
        if let Some((_, name)) = field.json.split_once("see ") {
            assert!(parts.iter().any(|part| part.name == name), "{}: {}", field.name, field.json);
        }
    }
}
