//! Rules by which operations are done in one mode: `size<0.3:fast`, `else:capable`.

use crate::fail::Fail;
use crate::print::shown;
use record::{Operation, Raw, parse_amount, status};
use std::cmp::Ordering;

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// When it holds; always where there is none.
    when: Option<When>,
    /// The name of the mode.
    mode: String,
}

/// A label, or another field, held against a value.
#[derive(Clone, Debug, PartialEq)]
struct When {
    field: String,
    compare: &'static str,
    value: String,
}

/// Comparisons, the longer ones first, and what they accept.
const COMPARISONS: [(&str, &[Ordering]); 6] = [
    ("<=", &[Ordering::Less, Ordering::Equal]),
    (">=", &[Ordering::Greater, Ordering::Equal]),
    ("!=", &[Ordering::Less, Ordering::Greater]),
    ("<", &[Ordering::Less]),
    (">", &[Ordering::Greater]),
    ("=", &[Ordering::Equal]),
];

/// A rule, for clap.
///
/// # Errors
/// What is accepted instead.
pub fn route(text: &str) -> Result<Route, String> {
    let wrong = || "write FIELD<VALUE:MODE (also <=, >, >=, = or !=) or else:MODE".to_string();
    let (when, mode) = text.rsplit_once(':').ok_or_else(wrong)?;
    let (when, mode) = (when.trim(), mode.trim().to_string());
    if mode.is_empty() {
        return Err(wrong());
    }
    if when == "else" {
        return Ok(Route { when: None, mode });
    }
    let at = when.find(['<', '>', '=', '!']).ok_or_else(wrong)?;
    let (field, rest) = (when[..at].trim(), &when[at..]);
    let known = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or_else(wrong)?;
    let value = rest[known.0.len()..].trim();
    if field.is_empty() || value.is_empty() || value.starts_with(['<', '>', '=', '!']) {
        return Err(wrong());
    }
    if known.0.contains(['<', '>']) && number(value).is_none() {
        return Err(format!("\"{value}\" is no number, such as 0.3 or 10M"));
    }
    let (field, value) = (field.to_string(), value.to_string());
    Ok(Route { when: Some(When { field, compare: known.0, value }), mode })
}

fn number(text: &str) -> Option<f64> {
    let plain = text.parse().ok().or_else(|| parse_amount(text).ok().map(|amount| amount.as_f64()));
    plain.filter(|number: &f64| number.is_finite())
}

impl When {
    fn raw<'a>(&self, op: &'a Operation) -> Option<&'a Raw> {
        let other = || op.extra.iter().find(|(name, _)| *name == self.field).map(|(_, raw)| raw);
        op.labels.get(&self.field).or_else(other)
    }

    /// Numbers are held against each other as such, anything else as text.
    fn holds(&self, op: &Operation) -> bool {
        let Some(text) = self.raw(op).map(Raw::plain) else { return false };
        let is_order = self.compare.contains(['<', '>']);
        let ordering = match (number(&text), number(&self.value)) {
            (Some(its), Some(value)) => its.partial_cmp(&value),
            _ if is_order => None,
            _ => Some(text.as_str().cmp(&self.value)),
        };
        let accepted = COMPARISONS.iter().find(|(sign, _)| *sign == self.compare);
        accepted.zip(ordering).is_some_and(|((_, accepted), ordering)| accepted.contains(&ordering))
    }
}

impl Route {
    /// Its place among the modes of an operation that it is for.
    fn mode_of(&self, op: &Operation) -> Option<u32> {
        let fits = self.when.as_ref().is_none_or(|when| when.holds(op));
        let place = op.modes.iter().position(|mode| mode.mode == self.mode);
        place.filter(|_| fits).map(|place| place as u32)
    }
}

/// The mode of each node that a rule is for, by its number: the first rule that holds and names
/// one of the operation's modes.
///
/// # Errors
/// A rule that can be for no operation.
pub fn modes(routes: &[Route], nodes: &[&Operation]) -> Result<Vec<Option<u32>>, Fail> {
    if routes.is_empty() {
        return Ok(Vec::new());
    }
    for route in routes {
        let refuse = |what: String| Err(Fail::new(status::USAGE, format!("--route: {what}")));
        let mut its = nodes.iter().filter(|op| op.modes.iter().any(|mode| mode.mode == route.mode));
        if its.clone().next().is_none() {
            return refuse(format!("no operation has a mode named {}", shown(&route.mode)));
        }
        if let Some(when) = route.when.as_ref().filter(|when| its.all(|op| when.raw(op).is_none()))
        {
            let (mode, field) = (shown(&route.mode), shown(&when.field));
            return refuse(format!("no operation with a mode {mode} has a label or field {field}"));
        }
    }
    Ok(nodes.iter().map(|op| routes.iter().find_map(|route| route.mode_of(op))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Fields;

    fn holds(rule: &str, fields: &str) -> bool {
        let op = fields.replacen('{', r#"{"cmd":"true","#, 1).replace(",}", "}");
        let op = Operation::parse(op.as_bytes(), &Fields::parse(op.as_bytes()).unwrap()).unwrap();
        route(&format!("{rule}:m")).unwrap().when.unwrap().holds(&op)
    }

    #[test]
    fn a_rule_holds_a_label_or_a_field_against_a_value() {
        let op = r#"{"id":"a","labels":{"size":0.3,"team":"x<y","n":"12"},"input_bytes":5000000,"size":9}"#;
        for (rule, right) in [
            ("size<0.3", false),
            ("size<=0.3", true),
            ("size >= 0.30", true),
            ("size=3e-1", true),
            ("size!=0.3", false),
            ("n>2", true),
            ("input_bytes<10M", true),
            ("input_bytes>10M", false),
            ("team=x<y", true),
            ("team!=x", true),
            ("team>1", false),
            ("none!=x", false),
        ] {
            assert_eq!(holds(rule, op), right, "{rule}");
        }
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for bad in [
            "",
            "fast",
            "size<0.3",
            "size<0.3:",
            "<1:fast",
            "size<:fast",
            "size==1:fast",
            "size!1:fast",
        ] {
            assert!(route(bad).unwrap_err().contains("else:MODE"), "{bad}");
        }
        assert!(route("size<big:fast").unwrap_err().contains("no number"));
        assert_eq!(route("else:a").unwrap(), Route { when: None, mode: "a".into() });
    }
}
