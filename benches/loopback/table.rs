//! The figures as Markdown.

use std::error::Error;
use std::fmt::{self, Display};
use std::fs;

pub(crate) struct Table {
    pub(crate) title: &'static str,
    /// What the crate is beside, in most rows.
    pub(crate) beside: &'static str,
    pub(crate) rows: Vec<Row>,
}

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) crate_figure: String,
    pub(crate) other_figure: String,
    pub(crate) ratio: f64,
    /// The most that the ratio may be.
    pub(crate) aim: f64,
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| {} | this crate | {} | ratio | aim |\n| --- | --- | --- | --- | --- |",
            self.title, self.beside
        )?;
        for row in &self.rows {
            writeln!(
                f,
                "| {} | {} | {} | {:.2} | {:.2} |",
                row.name, row.crate_figure, row.other_figure, row.ratio, row.aim
            )?;
        }
        Ok(())
    }
}

const GUIDE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/performance.md");
const BEGIN: &str =
    "<!-- Written by `cargo bench --bench loopback -- write`, to the next comment. -->\n\n";
const END: &str = "<!-- The end of what it writes. -->";

/// Puts the tables in the place of those in the guide.
pub(crate) fn write(tables: &[Table]) -> Result<(), Box<dyn Error>> {
    let guide = fs::read_to_string(GUIDE)?;
    let parts = guide
        .split_once(BEGIN)
        .and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or("the guide has no place for the tables")?;
    let tables: String = tables.iter().map(|table| format!("{table}\n")).collect();
    Ok(fs::write(
        GUIDE,
        format!("{before}{BEGIN}{tables}{END}{after}"),
    )?)
}
