//! How often in which time: what `--rate`, `--quota` and `--arrival` are written in.

use record::Seconds;

/// So often in a period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequency {
    /// How often, above zero.
    pub count: f64,
    /// In which time, above zero.
    pub period: Seconds,
}

impl Frequency {
    /// Reads `COUNT/TIME`, such as 10/s, 0.5/min or 5/10s; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (count, time) = text.split_once('/')?;
        let count = count.parse().ok().filter(|count: &f64| count.is_finite() && *count > 0.0)?;
        // "s" is "1s"
        let one = if time.starts_with(|c: char| c.is_ascii_alphabetic()) { "1" } else { "" };
        let period = record::parse_seconds(&format!("{one}{time}")).ok()?;
        let (count, period) = Some((count, period)).filter(|_| period > Seconds::ZERO)?;
        Some(Frequency { count, period })
    }

    /// How often a second.
    pub fn per_second(self) -> f64 {
        self.count / self.period.as_f64()
    }

    /// The count where it is a whole one.
    pub fn whole(self) -> Option<u32> {
        let whole = self.count as u32;
        (f64::from(whole) == self.count).then_some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_in_several_times() {
        let read = |text| {
            let Frequency { count, period } = Frequency::parse(text).unwrap();
            (count, period.as_micros())
        };
        assert_eq!(read("50/s"), (50.0, 1_000_000));
        assert_eq!(read("300/min"), (300.0, 60_000_000));
        assert_eq!(read("0.5/h"), (0.5, 3_600_000_000));
        assert_eq!(read("5/250ms"), (5.0, 250_000));
        assert_eq!(read("5/1.5"), (5.0, 1_500_000));
        for text in ["", "10", "10/", "/s", "0/s", "x/s", "-1/s", "nan/s", "inf/s", "1e999/s"] {
            assert_eq!(Frequency::parse(text), None, "{text}");
        }
        for text in ["10/0s", "1/x", "5/d5", "1//s", "1/s/s", "1/-s", "1/ s,"] {
            assert_eq!(Frequency::parse(text), None, "{text}");
        }
        assert_eq!(Frequency::parse("300/min").unwrap().per_second(), 5.0);
        let whole = |text| Frequency::parse(text).unwrap().whole();
        assert_eq!([whole("7/s"), whole("1.5/s"), whole("1e10/s")], [Some(7), None, None]);
    }
}
