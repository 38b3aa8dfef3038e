//! The work, done with `rblxopencloud`.

use bench_sdk::Client;

include!("../../program.rs");
