//! The work, done by hand.

use bench_floor::Client;

include!("../../program.rs");
