//! The sheet that pictures are drawn on: one SVG file, no scripts, for light and dark pages.

use std::fmt::Write as _;

/// Width of a letter, in pixels: a little more than most have.
pub const LETTER: f64 = 6.4;

/// How everything that is drawn looks.
pub const STYLE: &str = "\
:root{--page:#fff;--ink:#1f2328;--dim:#656d76;--line:#d8dee4;--bar:#4580c4;--critical:#cf4536;\
--lock:#8660c9;--area:#b5dfc0;--edge:#2a8a45;--on:#fff;--failed:#d07c00;--open:#8a929b;\
--c0:#3573b9;--c1:#d8602a;--c2:#2a8a45;--c3:#8a5cc4;--c4:#b8860b;--c5:#c2407f;--c6:#1b8a96;--c7:#7a6652}\
@media(prefers-color-scheme:dark){:root{--page:#0d1117;--ink:#e6edf3;--dim:#8b949e;--line:#30363d;\
--bar:#3b74ba;--critical:#c2402f;--lock:#8b66cf;--area:#1d4a2b;--edge:#46a35f;--on:#fff;--failed:#e09a2b;--open:#6e7681;\
--c0:#5a9be0;--c1:#f0814a;--c2:#46b566;--c3:#a98ae6;--c4:#d9a92e;--c5:#e46aa4;--c6:#38b4c2;--c7:#b09a83}}\
svg text{font:11px system-ui,sans-serif;fill:var(--ink)}svg .title{font-size:16px;font-weight:600}\
.dim{fill:var(--dim)}.on{fill:var(--on)}.page{fill:var(--page)}.grid{stroke:var(--line)}\
.bar{fill:var(--bar)}.critical{fill:var(--critical)}.failed{fill:var(--failed)}.open{fill:var(--open)}\
.lock{fill:var(--lock)}.area{fill:var(--area);stroke:var(--edge)}.whole{stroke:var(--dim);stroke-dasharray:4 3}\
.median{stroke:var(--ink);stroke-width:2}.p95{stroke:var(--failed);stroke-width:2}";

/// Where a picture will be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a file of its own.
    File,
    /// In a page that has [`STYLE`] and says above the picture what it shows.
    Page,
}

/// A picture in the making.
#[derive(Debug)]
pub struct Sheet {
    out: String,
}

impl Sheet {
    /// A sheet with a title and a line about what it shows; width and height in pixels.
    pub fn new((title, about): (&str, &str), (width, height): (f64, f64), place: Place) -> Self {
        let (title, about) = (escaped(title), escaped(about));
        let mut sheet = Sheet { out: String::new() };
        sheet.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width} {height:.0}\" role=\"img\">\n<title>{title}: {about}</title>"
        ));
        if place == Place::File {
            sheet.put(format_args!(
                "<style>{STYLE}</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
                 <text class=\"title\" x=\"16\" y=\"28\">{title}</text>\n\
                 <text class=\"dim\" x=\"16\" y=\"48\">{about}</text>"
            ));
        }
        sheet
    }

    /// Adds a line of text of the file.
    pub fn put(&mut self, text: std::fmt::Arguments<'_>) {
        // writing to memory
        let _ = self.out.write_fmt(text);
        self.out.push('\n');
    }

    /// The file.
    pub fn finish(mut self) -> String {
        self.out.push_str("</svg>\n");
        self.out
    }
}

/// At most so many letters.
pub fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_string();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    kept + "…"
}

/// Text inside XML.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
