//! What is known of an operation before it runs.

use plan::Draft;
use plan::history::Ask;
use record::Raw;

/// Fields of an operation, beside its labels, that are sizes.
const SIZES: [&str; 3] = ["in_bytes", "input_bytes", "stage_in_bytes"];

/// The question that an operation is.
pub fn ask(draft: &Draft) -> Ask {
    let op = &draft.op;
    let mut ask = Ask {
        id: op.id.clone(),
        timeout: op.timeout,
        declared: op.stated().filter(|_| !draft.guessed),
        ..Ask::default()
    };
    // where the command is in a file of its own, the words that start it are those of many
    if let Some(cmd) = op.cmd.as_ref().filter(|_| op.files.is_empty()) {
        ask.cmd = cmd.display();
    }
    let labels = op.labels.iter().map(|(name, raw)| (name.as_str(), raw));
    let sizes = op.extra.iter().map(|(name, raw)| (name.as_str(), raw));
    for (name, raw) in labels.chain(sizes.filter(|(name, _)| SIZES.contains(name))) {
        put(&mut ask, name, raw);
    }
    ask
}

fn put(ask: &mut Ask, name: &str, raw: &Raw) {
    match raw.text().parse::<f64>() {
        Ok(size) if size.is_finite() => drop(ask.sizes.insert(name.to_string(), size)),
        _ => drop(ask.words.insert(name.to_string(), raw.plain())),
    }
}
