//! Causes that are rules: starts that somebody wanted to be held back, or not so many at once.
//! What each means, and what to do where it costs too much.

/// Names in `blocked_s` (those that are also figures of the machine by the name of their flag),
/// what happened, and what to do. A name with a `:` may have the key or the kind after it.
const RULES: [(&str, &str, &str); 17] = [
    (
        "key:",
        "as many ran as may of one key",
        "raise --key-limit, or spread the work over more keys; more slots change nothing",
    ),
    (
        "rate:",
        "a rate of starts of one key was used up",
        "raise its --rate, or put more into one operation (--batch); more slots change nothing",
    ),
    (
        "quota:",
        "a quota of one key was used up",
        "raise its --quota, or put more into one operation (--batch); more slots change nothing",
    ),
    (
        "retry-after:",
        "an attempt of one key was told to come again later",
        "ask for less before that is said: a --rate or a --key-limit of that key",
    ),
    (
        "rate",
        "the rate of starts was used up",
        "raise --rate, or put more into one operation (--batch); more slots change nothing",
    ),
    (
        "quota",
        "the quota was used up",
        "raise --quota, or put more into one operation (--batch); more slots change nothing",
    ),
    (
        "retry-after",
        "an attempt was told to come again later",
        "ask for less before that is said: a --rate, or fewer slots",
    ),
    (
        "slot:cpu",
        "as many computed as may at once",
        "raise cpu=N of -j if CPUs are idle; else make less work or use more CPUs",
    ),
    (
        "slot:wait",
        "as many waited for others as may at once",
        "raise wait=N of -j: who waits costs little, if whom they wait for can bear more",
    ),
    ("pause", "the run was paused", "let it go on sooner (resume); nothing else held it back"),
    ("delay", "starts kept their distance", "shorten --delay; more slots change nothing"),
    (
        "load",
        "too many tasks ran",
        "raise --load, or find out who else computes here (pgmon --top)",
    ),
    (
        "max-cpu",
        "the CPUs were as busy as they may be",
        "raise --max-cpu, or find out who else computes here (pgmon --top)",
    ),
    (
        "max-mem",
        "too little memory was free for a start",
        "let operations use less memory, raise --max-mem or lower --memfree, or add memory",
    ),
    (
        "own-memory",
        "the operations used as much memory as they may",
        "let operations use less memory, or raise --mem-limit if the machine has more",
    ),
    (
        "emergency",
        "a rule for emergencies held starts back",
        "look in throttle.change which rule it was; run fewer at once so that it does not come to that",
    ),
    (
        "ramp",
        "the load had only begun to rise",
        "shorten --ramp; or leave that time out of what is measured",
    ),
];

/// What happened, and what to do about it; `None` for a cause that is no rule.
pub(crate) fn rule(cause: &str) -> Option<(&'static str, &'static str)> {
    let is_it = |name: &str| match name.strip_suffix(':') {
        Some(kind) => cause.split_once(':').is_some_and(|(word, _)| word == kind),
        None => cause == name,
    };
    RULES.iter().find(|(name, ..)| is_it(name)).map(|(_, what, remedy)| (*what, *remedy))
}

/// It holds back all starts, and so the reading of what is not wanted before: who was read after
/// another had been started has waited for it, too, before it was there.
pub(crate) fn holds_all(cause: &str) -> bool {
    cause == "swap" || !cause.contains(':') && rule(cause).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_found_with_a_remedy_of_its_own() {
        for (name, what, remedy) in RULES {
            let cause = if name.ends_with(':') { alloc::format!("{name}db") } else { name.into() };
            assert_eq!(rule(&cause), Some((what, remedy)), "{cause}");
        }
        assert!(["rate", "delay", "max-cpu", "swap"].into_iter().all(holds_all));
        assert!(!["rate:db", "key:db", "slot:cpu", "lock:a", "path"].into_iter().any(holds_all));
        for other in ["path", "slots", "cpu", "memory", "lock:a", "resource:net", "keys", "slot:x"]
        {
            assert_eq!(rule(other), None, "{other}");
        }
    }
}
