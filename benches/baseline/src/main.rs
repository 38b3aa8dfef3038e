//! The work, done by hand.

use bench_baseline::Client;

include!("../../program.rs");
