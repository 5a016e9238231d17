//! How durations are spread, as a picture: a row a family on one logarithmic axis, a column
//! as high as its share of the family's attempts, median and 95th percentile marked.

use super::sheet::{LETTER, Place, Sheet, escaped, shortened};
use crate::print::{brief, shown};
use record::Seconds;
use stat::Spread;
use std::fmt::Write as _;

/// Height of a row.
const ROW: f64 = 46.0;
/// Buckets are an eighth of a power of two wide.
const EIGHTH: f64 = 1.0 / 8.0;
/// Marks of the axis, in microseconds.
const MARKS: [(f64, &str); 19] = [
    (1.0, "1 µs"),
    (10.0, "10 µs"),
    (100.0, "100 µs"),
    (1e3, "1 ms"),
    (1e4, "10 ms"),
    (1e5, "100 ms"),
    (1e6, "1 s"),
    (2e6, "2 s"),
    (5e6, "5 s"),
    (1e7, "10 s"),
    (3e7, "30 s"),
    (6e7, "1 min"),
    (3e8, "5 min"),
    (9e8, "15 min"),
    (3.6e9, "1 h"),
    (1.44e10, "4 h"),
    (8.64e10, "1 d"),
    (6.048e11, "7 d"),
    (2.592e12, "30 d"),
];

/// The families in their order, so wide.
pub fn durations(families: &[&Spread], (title, width): (&str, u32), place: Place) -> String {
    let top = if place == Place::File { 64.0 } else { 24.0 };
    let width = f64::from(width);
    let left = if width < 700.0 { 110.0 } else { 240.0 };
    let micros = |time: Seconds| (time.as_micros().max(1) as f64).log2();
    let least = families.iter().map(|family| micros(family.least)).fold(f64::MAX, f64::min);
    let most = families.iter().map(|family| micros(family.greatest)).fold(0.0, f64::max);
    // a family that takes always the same has some width, too
    let (least, most) = (least.min(most) - 0.25, most + 0.25 + EIGHTH);
    let axis = width - left - 92.0;
    let x = |log: f64| left + (log - least) / (most - least) * axis;
    let height = top + families.len() as f64 * ROW;
    let attempts: u64 = families.iter().map(|family| family.count).sum();
    let about = format!("{attempts} attempts of {} families by duration", families.len());
    let mut sheet = Sheet::new((title, &about), (width, height), place);
    let mut free = 0.0;
    for (micros, word) in MARKS {
        let at = x(micros.log2());
        if at < left || at > left + axis {
            continue;
        }
        sheet.put(format_args!(
            "<path class=\"grid\" d=\"M{at:.1} {:.0}V{height:.0}\"/>",
            top - 4.0
        ));
        let half = word.chars().count() as f64 * LETTER / 2.0;
        if at - half < free {
            continue;
        }
        free = at + half + 8.0;
        sheet.put(format_args!(
            "<text class=\"dim\" x=\"{at:.1}\" y=\"{:.0}\" text-anchor=\"middle\">{word}</text>",
            top - 10.0
        ));
    }
    for (place, family) in families.iter().enumerate() {
        row(&mut sheet, family, (left, top + place as f64 * ROW, left + axis), &x);
    }
    sheet.finish()
}

/// What is told where the pointer rests, and to who does not see it.
pub fn told(family: &Spread) -> String {
    let [q1, median, q3, p95] = family.quantiles.map(brief);
    let failed =
        if family.failed > 0 { format!(", {} failed", family.failed) } else { String::new() };
    format!(
        "{}: {} attempts{failed}; shortest {}, quartiles {q1}, {median}, {q3}, p95 {p95}, longest {}",
        shown(&family.name),
        family.count,
        brief(family.least),
        brief(family.greatest)
    )
}

fn row(
    sheet: &mut Sheet,
    family: &Spread,
    (left, y, right): (f64, f64, f64),
    x: &dyn Fn(f64) -> f64,
) {
    let base = y + ROW - 8.0;
    let name = escaped(&shortened(&shown(&family.name), ((left - 18.0) / LETTER) as usize));
    let about = escaped(&told(family));
    sheet.put(format_args!("<g><title>{about}</title>"));
    sheet.put(format_args!(
        "<text x=\"{:.0}\" y=\"{:.1}\" text-anchor=\"end\">{name}</text>\
         <path class=\"grid\" d=\"M{left:.0} {base:.1}H{right:.0}\"/>",
        left - 10.0,
        base - 10.0
    ));
    let peak = family.buckets.iter().map(|bucket| bucket.1).max().unwrap_or(1) as f64;
    let mut path = String::new();
    for (from, count) in &family.buckets {
        let log = (from.as_micros().max(1) as f64).log2();
        // below eight microseconds a bucket is one of them
        let wide = EIGHTH.max(((from.as_micros() + 1).max(2) as f64).log2() - log);
        let (a, b) = (x(log), x(log + wide).max(x(log) + 1.0));
        let top = base - (*count as f64 / peak * (ROW - 14.0)).max(1.0);
        let _ = write!(path, "M{a:.1} {base:.1}V{top:.1}H{b:.1}V{base:.1}Z");
    }
    sheet.put(format_args!("<path class=\"bar\" d=\"{path}\"/>"));
    let [_, median, _, p95] =
        family.quantiles.map(|time| x((time.as_micros().max(1) as f64).log2()));
    sheet.put(format_args!(
        "<path class=\"median\" d=\"M{median:.1} {:.1}V{:.1}\"/>\
         <path class=\"p95\" d=\"M{p95:.1} {:.1}V{:.1}\"/>",
        y + 4.0,
        base + 4.0,
        y + 12.0,
        base + 4.0
    ));
    let count = family.count;
    sheet.put(format_args!(
        "<text class=\"dim\" x=\"{:.0}\" y=\"{:.1}\">n = {count}</text></g>",
        right + 8.0,
        base - 10.0
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_a_family() {
        let secs = Seconds::from_secs;
        let family = |name: &str, all: &[(i64, u64)]| Spread {
            name: name.to_string(),
            count: all.iter().map(|row| row.1).sum(),
            failed: 1,
            work: secs(1),
            least: secs(all[0].0),
            quantiles: [secs(all[0].0); 4],
            greatest: secs(all[all.len() - 1].0),
            buckets: all.iter().map(|row| (secs(row.0), row.1)).collect(),
        };
        let families = [family("gzip <#>", &[(1, 5), (2, 3)]), family("zero", &[(0, 2)])];
        let picture = durations(&families.iter().collect::<Vec<_>>(), ("a&b", 900), Place::File);
        assert!(picture.starts_with("<svg ") && picture.ends_with("</svg>\n"));
        assert!(picture.contains("gzip &lt;#&gt;: 8 attempts, 1 failed; shortest 1s"), "{picture}");
        assert_eq!(picture.matches("n = ").count(), 2);
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
        assert!(quick_xml::Reader::from_str(&picture).read_event().is_ok());
    }
}
