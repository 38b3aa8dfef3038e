//! How long a property is checked for.

use proptest::test_runner::{Config, FileFailurePersistence};

/// This many cases, or as many as `PROPTEST_CASES` says if that is more. A case that failed is kept in a
/// file, and runs first from then on.
pub fn config(cases: u32) -> Config {
    let default = Config::default();
    Config {
        cases: match std::env::var("PROPTEST_CASES") {
            Ok(_) => cases.max(default.cases),
            Err(_) => cases,
        },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(
            "tests/regressions.txt",
        ))),
        ..default
    }
}
