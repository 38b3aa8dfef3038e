//! The ratios as a picture.

use std::fmt::Write;

pub(crate) struct Bar {
    pub(crate) name: &'static str,
    pub(crate) ratio: f64,
    pub(crate) aim: f64,
}

const LEFT: f64 = 300.0;
const ONE: f64 = 300.0;
const ROW: usize = 34;

/// A bar for each piece of work, with a line at 1 and a mark at what is aimed for.
pub(crate) fn draw(bars: &[Bar]) -> String {
    let height = 60 + ROW * bars.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"{height}\" viewBox=\"0 0 760 {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"760\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"24\" font-weight=\"bold\">CPU time over the floor, less is better</text>\n"
    );
    for (number, bar) in bars.iter().enumerate() {
        let top = 40 + ROW * number;
        let (width, aim) = (bar.ratio * ONE, LEFT + bar.aim * ONE);
        let colour = if bar.ratio <= bar.aim {
            "#3a7d44"
        } else {
            "#c0392b"
        };
        let (bottom, text) = (top + 22, top + 16);
        let _ = writeln!(
            svg,
            "<text x=\"{}\" y=\"{text}\" text-anchor=\"end\">{}</text>\n\
             <rect x=\"{LEFT}\" y=\"{top}\" width=\"{width:.0}\" height=\"22\" fill=\"{colour}\"/>\n\
             <line x1=\"{aim:.0}\" y1=\"{top}\" x2=\"{aim:.0}\" y2=\"{bottom}\" stroke=\"#222222\" stroke-width=\"2\"/>\n\
             <text x=\"{:.0}\" y=\"{text}\">{:.2}</text>",
            LEFT - 10.0,
            bar.name,
            LEFT + width.max(bar.aim * ONE) + 8.0,
            bar.ratio,
        );
    }
    let _ = writeln!(
        svg,
        "<line x1=\"{0}\" y1=\"34\" x2=\"{0}\" y2=\"{1}\" stroke=\"#888888\" stroke-dasharray=\"4\"/>\n</svg>",
        LEFT + ONE,
        height - 14
    );
    svg
}
