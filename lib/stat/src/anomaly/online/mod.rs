//! One value after the other: how unlike all that was there before each is.
//!
//! A value is seen in three ways (as it stands, compressed by its distance from the median, and
//! as what the hour does not explain). In each the recent past is a point of a few features, and
//! a point in a region where the series has never been is a surprise ([`novelty`]); values that
//! are merely the most extreme for long add theirs ([`rarity`]). The surprises are logarithms of
//! rates, so they are summed, as Fisher (1932) sums the logarithms of chances. After an alarm
//! follows a rest, since an event that goes on is one event.
//!
//! Nothing looks ahead, and memory has a bound that does not depend on the length.

mod compress;
mod novelty;
mod rarity;
mod season;
mod view;

use compress::Compressed;
use rarity::Rarity;
use season::Season;
use view::View;

/// Sum of surprises (decades) that is an alarm: the score is 0.5 there.
const ALARM: f64 = 2.5;
/// Rows without a score after an alarm: at least so many, and one of so many before it.
const REST: u64 = 50;
const REST_OF: u64 = 50;
/// Decades of rarity that are ordinary: what is seen once in a hundred rows.
const ORDINARY: f64 = 2.0;
/// Rows before anything is out of the ordinary.
const WARM: u64 = 100;
/// Rows with a usable season before what it leaves can be new: at first everything is.
const SEASON_WARM: u64 = 500;

/// Scores of a series, each from the values up to it.
#[derive(Clone, Debug, Default)]
pub struct Detector {
    rows: u64,
    plain: View,
    compressed: View,
    seasonal: View,
    compress: Compressed,
    season: Season,
    /// Above and below the level, above and below the season.
    rare: [Rarity; 4],
    rest: u64,
}

impl Detector {
    /// The score of the next value, which was there at `time` (seconds since the epoch): from 0,
    /// nothing new, up to but not including 1; from 0.5 it is an alarm. A value that is not
    /// finite is missing: it scores 0, and nothing is learned of it.
    pub fn push(&mut self, time: f64, value: f64) -> f64 {
        if !value.is_finite() {
            return 0.0;
        }
        let surprise = self.surprise(time, value);
        if self.rows <= WARM {
            return 0.0;
        }
        if self.rest > 0 {
            self.rest -= 1;
            return 0.0;
        }
        if surprise >= ALARM {
            self.rest = REST.max(self.rows / REST_OF);
        }
        surprise / (surprise + ALARM)
    }

    fn surprise(&mut self, time: f64, value: f64) -> f64 {
        let mut sum = self.plain.surprise(value);
        sum += self.compressed.surprise(self.compress.push(value));
        let left = self.season.left(time, value);
        if let Some(left) = left.of_season {
            let surprise = self.seasonal.surprise(left);
            if self.seasonal.rows() > SEASON_WARM {
                sum += surprise;
            }
        }
        if self.rows > WARM {
            let mut rarest = self.rare[0].decades(left.of_level);
            rarest = rarest.max(self.rare[1].decades(-left.of_level));
            if let Some(left) = left.of_season {
                rarest = rarest.max(self.rare[2].decades(left));
                rarest = rarest.max(self.rare[3].decades(-left));
            }
            sum += (rarest - ORDINARY).max(0.0);
        }
        self.rows += 1;
        sum
    }
}

/// The weight of the newest of values so far in a mean over about `span` of them; before there
/// are so many it is their plain mean.
fn gain(rows: u64, span: f64) -> f64 {
    (1.0 / rows.max(1) as f64).max(1.0 / span)
}

#[cfg(test)]
mod tests;
