//! The value of a key as that of an option.

use super::Said;
use super::keys::Take;
use crate::print::number;
use crate::yaml::Node;

/// What a key with this value says.
///
/// # Errors
/// The value cannot be that of the option: what to do.
pub fn said(take: Take, node: &Node) -> Result<Said, String> {
    if let Take::By(what) = take {
        return Err(what.to_string());
    }
    if node.is_list() || node.is_map() {
        return Err("one value is needed here, and this is a list or a group".to_string());
    }
    let Some(text) = node.text().map(|text| text.trim().to_string()) else {
        return Ok(Said::Remark("it has no value, so what holds anyway".to_string()));
    };
    let bare = text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    let option = |name: &str, value: String| Ok(Said::Option(format!("--{name}={value}")));
    match take {
        Take::Plain(name) => option(name, text),
        Take::Tries(more) => {
            let tries = text.parse::<u32>().map_err(|_| format!("{text}: write a whole number"))?;
            option("retries", tries.saturating_add(more).to_string())
        }
        Take::Time(name, unit) => match bare {
            Some(_) => option(name, format!("{text}{unit}")),
            None => option(name, text.replace(' ', "")),
        },
        Take::Percent(name) => {
            let figure = text.strip_suffix('%').unwrap_or(&text).trim_end();
            let share = figure.parse::<f64>().map_err(|_| {
                format!("{text}: write a percentage such as 80, or a part of the whole such as 0.8")
            })?;
            let is_part = share <= 1.0 && !text.ends_with('%');
            option(name, number(if is_part { share * 100.0 } else { share }))
        }
        Take::Size(_, "") if bare.is_some() => {
            Err(format!("{text} of what? Write a unit, such as {text}GiB"))
        }
        Take::Size(name, unit) => match bare {
            Some(_) => option(name, format!("{text}{unit}")),
            None => option(name, text.replace(' ', "")),
        },
        Take::Rate(unit) => option("rate", format!("{text}/{unit}")),
        Take::Failure => match text.to_ascii_lowercase().as_str() {
            "stop" | "fail" | "abort" => option("on-failure", "stop".to_string()),
            "continue" | "silentlycontinue" | "ignore" => {
                option("on-failure", "continue".to_string())
            }
            "retry" => option("retries", "3".to_string()),
            "rollback" => option("on-failure", "rollback".to_string()),
            _ => Err(format!("{text}: write stop, continue, retry or rollback")),
        },
        Take::Switch(word) => match truth(node, &text)? {
            true => Ok(Said::Option(format!("--{word}"))),
            false => Ok(Said::Remark("it is so anyway".to_string())),
        },
        Take::Anyway(word) => match truth(node, &text)? {
            false if !word.is_empty() => Ok(Said::Option(format!("--{word}"))),
            _ => Ok(Said::Remark("it is so anyway".to_string())),
        },
        Take::By(what) => Err(what.to_string()),
    }
}

fn truth(node: &Node, text: &str) -> Result<bool, String> {
    node.truth().ok_or_else(|| format!("{text}: write true or false"))
}
