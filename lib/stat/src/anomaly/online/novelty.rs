//! Regions in which a point has been.

use alloc::vec::Vec;

/// Rows within which new regions belong to one episode.
const EPISODE: u32 = 16;
/// Regions that are kept; the one that was not entered for longest makes room.
const KEPT: usize = 1024;

/// Boxes of a limited size, each the hull of points that fell into it: the categories of fuzzy
/// ART (Carpenter, Grossberg, Rosen 1991), whose vigilance is the size here. A point that no box
/// can take in without growing too wide begins a new one. How often that happened so far
/// estimates the chance that it happens, as Good (1953) estimates that of species not yet seen.
#[derive(Clone, Debug)]
pub struct Novelty<const D: usize> {
    /// Widest box, in parts of the range of each feature.
    widest: f64,
    boxes: Vec<Region<D>>,
    rows: u64,
    episodes: u64,
    /// Row in which the last episode that was counted is over.
    over: u64,
}

#[derive(Clone, Copy, Debug)]
struct Region<const D: usize> {
    low: [f64; D],
    high: [f64; D],
    entered: u64,
}

impl<const D: usize> Novelty<D> {
    pub const fn new(widest: f64) -> Self {
        Novelty { widest, boxes: Vec::new(), rows: 0, episodes: 0, over: 0 }
    }

    /// Decades of rows in which a new region is expected once, if the point needs one; else 0.
    pub fn decades(&mut self, point: [f64; D], range: [f64; D]) -> f64 {
        self.rows += 1;
        let widest = range.map(|range| range * self.widest);
        let nearest = self.nearest(&point, &widest);
        if let Some(region) = nearest.and_then(|place| self.boxes.get_mut(place)) {
            for (d, value) in point.into_iter().enumerate() {
                region.low[d] = region.low[d].min(value);
                region.high[d] = region.high[d].max(value);
            }
            region.entered = self.rows;
            return 0.0;
        }
        if self.boxes.len() == KEPT {
            let oldest = (0..KEPT).min_by_key(|place| self.boxes[*place].entered).unwrap_or(0);
            self.boxes.remove(oldest);
        }
        self.boxes.push(Region { low: point, high: point, entered: self.rows });
        if self.rows >= self.over {
            self.episodes += 1;
            self.over = self.rows + u64::from(EPISODE);
        }
        libm::log10(self.rows as f64 / self.episodes as f64)
    }

    /// The box that has to grow least to take the point in.
    fn nearest(&self, point: &[f64; D], widest: &[f64; D]) -> Option<usize> {
        let mut nearest = (f64::INFINITY, None);
        for (place, region) in self.boxes.iter().enumerate().rev() {
            let growth = region.growth(point, widest);
            if growth < nearest.0 {
                nearest = (growth, Some(place));
                if growth == 0.0 {
                    break;
                }
            }
        }
        nearest.1
    }
}

impl<const D: usize> Region<D> {
    /// Growth to take a point in, in widths summed over the features; infinite if it would be too
    /// wide then.
    fn growth(&self, point: &[f64; D], widest: &[f64; D]) -> f64 {
        let mut growth = 0.0;
        for d in 0..D {
            let width = self.high[d].max(point[d]) - self.low[d].min(point[d]);
            if width > widest[d] {
                return f64::INFINITY;
            }
            if widest[d] > 0.0 {
                growth += (width - (self.high[d] - self.low[d])) / widest[d];
            }
        }
        growth
    }
}
