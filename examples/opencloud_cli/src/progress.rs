//! Bars and spinners: on stderr, if that is a terminal, and gone when they are dropped.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

use rblxopencloud::printable;

pub(crate) fn bar(what: &str, length: u64) -> ProgressBar {
    begin(
        ProgressBar::new(length),
        "{msg} [{bar:30}] {bytes} of {total_bytes}",
        what,
    )
}

pub(crate) fn spinner(what: &str) -> ProgressBar {
    let spinner = begin(
        ProgressBar::new_spinner(),
        "{spinner} {msg}, {elapsed}",
        what,
    );
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// Does something with a spinner turning.
pub(crate) fn during<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let _spinner = spinner(what);
    work()
}

fn begin(bar: ProgressBar, template: &str, what: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the templates above are right");
    let bar = bar
        .with_style(style)
        .with_message(printable(what).to_string())
        .with_finish(ProgressFinish::AndClear);
    bar.tick();
    bar
}
