//! Results on stdout, notes on stderr.

use std::fmt::Display;
use std::io::{self, Write};

use rblxopencloud::printable;
use serde::Serialize;

#[derive(Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a result: the value as one line of JSON, or else the lines of text.
    pub(crate) fn show<L: Display>(
        self,
        value: &impl Serialize,
        lines: impl IntoIterator<Item = L>,
    ) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        if self.json {
            return writeln!(stdout, "{}", serde_json::to_string(value)?);
        }
        for line in lines {
            writeln!(stdout, "{}", printable(&line.to_string()))?;
        }
        Ok(())
    }
}

/// Says something to whoever looks on.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{}", printable(text));
}

/// One line of a description, when there is something to say.
pub(crate) fn field(name: &str, value: Option<impl Display>) -> Option<String> {
    let value = value?.to_string();
    (!value.is_empty()).then(|| format!("  {name:<12} {value}"))
}

/// Text that is at most so long.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest - 1).chain(['…']).collect()
}
