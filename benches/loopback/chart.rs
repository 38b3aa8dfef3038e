//! The ratios as a picture.

use std::error::Error;
use std::fmt::Write;
use std::fs;

use crate::table::{Row, Table};

const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/loopback.svg");

const WIDTH: f64 = 820.0;
/// Where the bars begin.
const LEFT: f64 = 380.0;
/// How long a bar for the ratio 1 is.
const ONE: f64 = 280.0;
const ROW: usize = 28;

pub(crate) fn write(tables: &[Table]) -> Result<(), Box<dyn Error>> {
    Ok(fs::write(PICTURE, draw(tables)?)?)
}

/// A bar for each row, with a line at 1 and a mark at what is aimed for.
fn draw(tables: &[Table]) -> Result<String, Box<dyn Error>> {
    let lines: usize = tables.iter().map(|table| table.rows.len() + 1).sum();
    let height = 56 + ROW * lines;
    let mut svg = String::new();
    writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
         viewBox=\"0 0 {WIDTH} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"24\">This crate beside the baseline: less is better, | is the aim</text>"
    )?;
    let mut top = 36;
    for table in tables {
        writeln!(
            svg,
            "<text x=\"16\" y=\"{}\" font-weight=\"bold\">{}</text>",
            top + 19,
            text(table.title)
        )?;
        top += ROW;
        for row in &table.rows {
            bar(&mut svg, row, top)?;
            top += ROW;
        }
    }
    writeln!(
        svg,
        "<line x1=\"{0}\" y1=\"36\" x2=\"{0}\" y2=\"{1}\" stroke=\"#888888\" stroke-dasharray=\"4\"/>\n</svg>",
        LEFT + ONE,
        height - 14
    )?;
    Ok(svg)
}

fn bar(svg: &mut String, row: &Row, top: usize) -> std::fmt::Result {
    let (width, aim) = (row.ratio * ONE, LEFT + row.aim * ONE);
    let colour = if row.ratio <= row.aim {
        "#3a7d44"
    } else {
        "#c0392b"
    };
    let (bottom, baseline) = (top + 20, top + 15);
    writeln!(
        svg,
        "<text x=\"{}\" y=\"{baseline}\" text-anchor=\"end\">{}</text>\n\
         <rect x=\"{LEFT}\" y=\"{top}\" width=\"{width:.0}\" height=\"20\" fill=\"{colour}\"/>\n\
         <line x1=\"{aim:.0}\" y1=\"{top}\" x2=\"{aim:.0}\" y2=\"{bottom}\" stroke=\"#222222\" stroke-width=\"2\"/>\n\
         <text x=\"{:.0}\" y=\"{baseline}\">{:.2}</text>",
        LEFT - 10.0,
        text(&row.name),
        LEFT + width.max(row.aim * ONE) + 8.0,
        row.ratio,
    )
}

/// Text of Markdown for SVG.
fn text(markdown: &str) -> String {
    markdown
        .replace('`', "")
        .replace('&', "&amp;")
        .replace('<', "&lt;")
}
