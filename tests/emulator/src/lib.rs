//! A local Roblox Open Cloud: a real HTTP server on 127.0.0.1, for tests, examples, and for trying
//! a script without a key, a network or a cost.
//!
//! ```
//! use open_cloud_emulator::Emulator;
//!
//! # fn main() -> std::io::Result<()> {
//! let emulator = Emulator::start()?;
//! println!("{} takes the key {}", emulator.url(), emulator.api_key());
//! // ... point a client at it ...
//! for request in emulator.requests() {
//!     println!("{} {} -> {:?}", request.method, request.path, request.status);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! It checks requests more strictly than the real service may, so that what works here is what the
//! documents describe; see the README for what it imitates and what it does not.

mod assets;
mod body;
mod catalogue;
mod delivery;
mod dice;
mod emulator;
mod fault;
mod fields;
mod form;
mod introspect;
mod keys;
mod log;
mod operations;
mod people;
mod permissions;
mod products;
mod query;
mod quotas;
mod rates;
mod record;
mod response;
mod route;
mod saves;
mod search;
mod server;
mod state;
mod store;
mod upload;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use catalogue::CATEGORIES;
pub use emulator::{Builder, Emulator};
pub use fault::Fault;
pub use keys::{KeySpec, Scope};
pub use record::RecordedRequest;

/// Locks, also after a panic elsewhere: nothing here is left half-changed by one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
